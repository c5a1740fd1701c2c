#pragma once

// Analysis of one item: scopes, names, and every check that does not need the rest of the module.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/sema/checks/security.h"
#include "core/sema/collect.h"
#include "core/sema/summary.h"

namespace ml::sema {

// Tables by NameId, kept between items: every item leaves them as it found them. One per analyze().
struct ItemScratch {
  struct Slot {
    std::uint32_t function = kNone,
                  variable = 0;         // what the name means at the moment; kNone: it leaves the item
    std::uint32_t nonlocal_in = kNone;  // the function whose `nonlocal` says so
  };
  explicit ItemScratch(std::size_t names) : slots(names), free(names, kNone) {}

  std::vector<Slot> slots;
  std::vector<std::uint32_t> free;  // index of the free name in the item
  Collected collected;
  SecurityScratch security;
  std::uint64_t* security_ns = nullptr;  // is told what the security checks took
};

// The facts of an item as far as it goes alone; `use` of names that leave the item is set by the link step.
ItemFacts analyze_item(std::shared_ptr<const ast::Item> item, const Words& words, ItemScratch& scratch);

}  // namespace ml::sema
