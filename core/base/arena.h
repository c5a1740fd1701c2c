#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ml {

// Bump allocator for many small values that die together. Only trivially destructible types: no destructor
// runs. Pointers stay valid until the arena dies; moving the arena keeps them valid. Not thread-safe while
// allocating.
class Arena {
 public:
  explicit Arena(std::size_t first_block = 1024) : next_block_(first_block) {}
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena runs no destructors");
    return new (take(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // Copies `items` into the arena.
  template <class T>
  std::span<T> list(const std::vector<T>& items) {
    return list(std::span<const T>(items));
  }
  template <class T>
  std::span<T> list(std::span<const T> items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    T* to = static_cast<T*>(take(sizeof(T) * items.size(), alignof(T)));
    std::memcpy(static_cast<void*>(to), items.data(), sizeof(T) * items.size());
    return {to, items.size()};
  }

  std::string_view text(std::string_view s) {
    if (s.empty()) return {};
    char* to = static_cast<char*>(take(s.size(), 1));
    std::memcpy(to, s.data(), s.size());
    return {to, s.size()};
  }

  // Bytes reserved from the heap.
  std::size_t capacity() const { return capacity_; }

 private:
  void* take(std::size_t size, std::size_t align) {
    std::size_t at = (used_ + align - 1) & ~(align - 1);
    if (blocks_.empty() || at + size > block_size_) {
      block_size_ = next_block_ > size ? next_block_ : size;
      next_block_ = block_size_ < 64 * 1024 ? block_size_ * 2 : block_size_;
      blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_size_));
      capacity_ += block_size_;
      at = 0;
    }
    used_ = at + size;
    return blocks_.back().get() + at;
  }

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t used_ = 0, block_size_ = 0, next_block_, capacity_ = 0;
};

}  // namespace ml
