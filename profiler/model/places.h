#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ml::profiler::model {

// Gives every different key of three numbers a dense id, in order of first appearance. A hash table without
// anything else: building a profile asks it some times for each of up to a million nodes.
class Places {
 public:
  using Key = std::array<std::uint32_t, 3>;

  explicit Places(std::size_t expected = 0) {
    std::size_t slots = 64;
    while (slots < expected * 2) slots *= 2;
    slots_.assign(slots, 0);
    keys_.reserve(expected);
  }

  std::uint32_t id(const Key& key) {
    std::size_t at = hash(key) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
      if (same(keys_[slots_[at] - 1], key)) return slots_[at] - 1;
    keys_.push_back(key);
    slots_[at] = static_cast<std::uint32_t>(keys_.size());
    if (keys_.size() * 2 > slots_.size()) grow();
    return static_cast<std::uint32_t>(keys_.size() - 1);
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  const Key& operator[](std::uint32_t id) const { return keys_[id]; }

 private:
  // `==` of arrays calls memcmp.
  static bool same(const Key& a, const Key& b) { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2]; }
  static std::size_t hash(const Key& key) {
    std::uint64_t h = (std::uint64_t{key[0]} << 32 | key[1]) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 32 ^ key[2]) * 0xd6e8feb86659fd93u;
    return static_cast<std::size_t>(h ^ h >> 32);
  }
  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (std::uint32_t i = 0; i < keys_.size(); ++i) {
      std::size_t at = hash(keys_[i]) & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i + 1;
    }
  }

  std::vector<std::uint32_t> slots_;  // id + 1; 0: free
  std::vector<Key> keys_;
};

}  // namespace ml::profiler::model
