#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "profiler/format/capture.h"

namespace ml::native::profiler {

// A place on the stack.
struct Place {
  std::uint32_t function, line;
};

// The calling-context tree samples are added to: fixed size, no allocation after construction. One writer at
// a time (the sampler's lock); any thread may read nodes below `size()` while that goes on.
class Tree {
 public:
  static constexpr std::uint32_t kNodes = 1u << 16, kBuckets = 1u << 16;

  struct Node {
    std::uint32_t parent, function, line, next;
    std::atomic<std::uint64_t> cpu_ns, wait_ns, ticks, entries;
  };

  Tree() {
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    nodes_ = static_cast<Node*>(memory);
    buckets_ = reinterpret_cast<std::uint32_t*>(nodes_ + kNodes);
  }
  ~Tree() {
    if (nodes_ != nullptr) munmap(nodes_, kBytes);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // Adds one sample of a stack, innermost place first. False if there is no room even for its innermost place
  // alone. As the tree fills up, direct recursion is folded, then only innermost places are kept.
  bool add(std::span<const Place> stack, std::uint64_t cpu_ns, std::uint64_t wait_ns) {
    if (nodes_ == nullptr || stack.empty()) return false;
    std::uint32_t at = ml::profiler::kNone;
    const bool fold = size() > kNodes / 2, flat = size() > kNodes - kNodes / 8;
    for (std::size_t i = flat ? 1 : stack.size(); i-- > 0;) {
      if (fold && i > 0 && stack[i - 1].function == stack[i].function) continue;
      const std::uint32_t next = child(at, stack[i]);
      if (next == ml::profiler::kNone) return !flat && add(stack.first(1), cpu_ns, wait_ns);
      at = next;
    }
    charge(at, cpu_ns, wait_ns);
    last_ = at;
    return true;
  }
  // The node that the last sample added went to.
  std::uint32_t last() const { return last_; }

  // For trees built call by call: the node of `place` below `parent`, kNone if there is no room for it; time
  // spent in a node; one more entry of it.
  std::uint32_t child(std::uint32_t parent, Place place) {
    std::uint64_t h = (std::uint64_t{parent} << 32 | place.function) * 0x9e3779b97f4a7c15ull;
    h = (h ^ place.line) * 0xd6e8feb86659fd93ull;
    std::uint32_t& head = buckets_[h >> 48];  // holds index + 1
    for (std::uint32_t i = head; i != 0; i = nodes_[i - 1].next) {
      const Node& n = nodes_[i - 1];
      if (n.parent == parent && n.function == place.function && n.line == place.line) return i - 1;
    }
    const std::uint32_t id = size();
    if (nodes_ == nullptr || id >= kNodes) return ml::profiler::kNone;
    Node& n = nodes_[id];
    n.parent = parent;
    n.function = place.function;
    n.line = place.line;
    n.next = head;
    head = id + 1;
    size_.store(id + 1, std::memory_order_release);
    return id;
  }
  void charge(std::uint32_t at, std::uint64_t cpu_ns, std::uint64_t wait_ns) {
    Node& node = nodes_[at];
    more(node.cpu_ns, cpu_ns);
    more(node.wait_ns, wait_ns);
    more(node.ticks, 1);
  }
  void charge(std::uint32_t at, std::uint64_t cpu_ns) { more(nodes_[at].cpu_ns, cpu_ns); }
  void enter(std::uint32_t at) { more(nodes_[at].entries, 1); }

  std::uint32_t size() const { return size_.load(std::memory_order_acquire); }
  const Node& operator[](std::uint32_t i) const { return nodes_[i]; }

 private:
  static constexpr std::size_t kBytes = kNodes * sizeof(Node) + kBuckets * sizeof(std::uint32_t);

  static void more(std::atomic<std::uint64_t>& to, std::uint64_t by) {
    to.store(to.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  Node* nodes_ = nullptr;
  std::uint32_t* buckets_ = nullptr;
  std::uint32_t last_ = 0;
  std::atomic<std::uint32_t> size_{0};
};

}  // namespace ml::native::profiler
