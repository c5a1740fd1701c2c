#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/ast/nodes.h"
#include "core/base/arena.h"
#include "core/diag/diagnostic.h"

namespace ml::ast {

// One top-level statement with everything in it. Immutable and shared between the module before and after an
// edit that did not touch it.
struct Item {
  Arena arena{512};
  const Stmt* stmt = nullptr;
  std::string_view text;                // of the statement, kept in the arena
  std::uint32_t node_count = 0;         // NodeIds of the item are 0 .. node_count-1
  std::vector<Diagnostic> diagnostics;  // left empty by build(): syntax findings stand in Module::diagnostics
  bool refused = false;                 // not correct ML: holds Bad nodes, and the module has a finding of it
  bool too_deep = false;                // refused because it is nested too deeply
};

struct PlacedItem {
  std::shared_ptr<const Item> item;
  ByteOffset start = 0;  // of the item in the file
  ByteOffset end = 0;
  std::uint64_t node = 0;  // syntax::identity of its node, for build() after an edit
};

// A whole file: its items in source order, and its syntax findings in source order (file offsets).
struct Module {
  std::vector<PlacedItem> items;
  std::vector<Diagnostic> diagnostics;
};

}  // namespace ml::ast
