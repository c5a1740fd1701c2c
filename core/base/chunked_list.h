#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace ml {

// A list in chunks that versions of it share: a new version costs a few words per chunk. Chunk has `size()`
// and `at(index, place)`, which gives an element as it stands at that place; where a chunk stands is what its
// base class Place says. Copies share the chunks. Safe to read from several threads; elements are valid as
// long as the list.
template <class Chunk, class Place>
class ChunkedList {
 public:
  struct Placed : Place {
    std::shared_ptr<const Chunk> chunk;
    std::uint32_t first = 0;  // index of the chunk's first element
  };
  using Element = decltype(std::declval<const Chunk&>().at(0, std::declval<const Place&>()));

  // Goes through the chunks one after the other.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Element;

    Iterator() = default;
    Element operator*() const { return placed_->chunk->at(index_, *placed_); }
    Iterator& operator++() {
      if (++index_ == placed_->chunk->size()) {
        ++placed_;
        index_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class ChunkedList;
    explicit Iterator(const Placed* placed) : placed_(placed) {}
    const Placed* placed_ = nullptr;
    std::size_t index_ = 0;
  };

  std::size_t size() const {
    return chunks_.empty() ? 0 : chunks_.back().first + chunks_.back().chunk->size();
  }
  bool empty() const { return chunks_.empty(); }
  // Looks for the chunk: takes the logarithm of their number.
  Element operator[](std::size_t index) const {
    const auto behind = std::partition_point(chunks_.begin(), chunks_.end(),
                                             [&](const Placed& placed) { return placed.first <= index; });
    const Placed& placed = *std::prev(behind);
    return placed.chunk->at(index - placed.first, placed);
  }
  Element front() const { return (*this)[0]; }
  Element back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return Iterator(chunks_.data()); }
  Iterator end() const { return Iterator(chunks_.data() + chunks_.size()); }

  const std::vector<Placed>& chunks() const { return chunks_; }
  void reserve_chunks(std::size_t count) { chunks_.reserve(count); }
  // A chunk without elements is left out.
  void add(std::shared_ptr<const Chunk> chunk, const Place& place) {
    if (chunk->size() == 0) return;
    const auto first = static_cast<std::uint32_t>(size());
    chunks_.push_back({{place}, std::move(chunk), first});
  }
  void replace(std::size_t chunk, std::shared_ptr<const Chunk> by) { chunks_[chunk].chunk = std::move(by); }

 private:
  std::vector<Placed> chunks_;
};

}  // namespace ml
