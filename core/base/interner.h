#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/id.h"

namespace ml {

// Words to small ids and back. Ids are dense from 0 and valid for the interner's life; texts stay at their
// address. One per compilation, or per file of an editor.
//
// Threads: `intern` is for one thread at a time; meanwhile any number of threads may call the const functions
// with ids they were given before. Moving needs it alone.
class Interner {
 public:
  Interner() = default;
  Interner(Interner&& other) noexcept
      : blocks_(std::move(other.blocks_)), ids_(std::move(other.ids_)), size_(other.size_.exchange(0)) {}

  NameId intern(std::string_view word) {
    // Only this thread writes, so that looking needs no lock.
    if (auto it = ids_.find(word); it != ids_.end()) return it->second;
    const std::uint32_t index = size_.load(std::memory_order_relaxed);
    const auto [block, at] = place(index);
    if (blocks_[block] == nullptr) blocks_[block] = std::make_unique<std::string[]>(kFirst << block);
    std::string& kept = blocks_[block][at];
    kept = word;
    const NameId id{index};
    const std::unique_lock lock(mutex_);
    ids_.emplace(kept, id);
    size_.store(index + 1, std::memory_order_release);
    return id;
  }

  // The id of a word seen before, or none.
  NameId find(std::string_view word) const {
    const std::shared_lock lock(mutex_);
    const auto it = ids_.find(word);
    return it == ids_.end() ? NameId::none() : it->second;
  }

  std::string_view text(NameId id) const {
    const auto [block, at] = place(id.raw);
    return blocks_[block][at];
  }
  std::size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  // Block b holds kFirst << b words, so that words never move and the table of blocks never grows.
  static constexpr std::uint32_t kFirst = 256;
  static constexpr std::pair<std::uint32_t, std::uint32_t> place(std::uint32_t index) {
    const auto block = static_cast<std::uint32_t>(std::bit_width(index / kFirst + 1)) - 1;
    return {block, index - kFirst * ((1u << block) - 1)};
  }

  std::array<std::unique_ptr<std::string[]>, 24> blocks_;
  std::unordered_map<std::string_view, NameId> ids_;
  std::atomic<std::uint32_t> size_{0};
  mutable std::shared_mutex mutex_;  // of ids_
};

}  // namespace ml
