#include "core/syntax/allocator.h"

#include <tree_sitter/api.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>

namespace ml::syntax {

namespace {

// The block of a node with more than 65535 children is at least this large.
constexpr std::size_t kHuge = 65536 * sizeof(void*);

// The huge blocks. There are hardly ever any: then nothing but `any_` is read.
class HugeBlocks {
 public:
  void add(void* block, std::size_t size) {
    const std::lock_guard lock(mutex_);
    const auto begin = reinterpret_cast<std::uintptr_t>(block);
    blocks_[begin] = begin + size;
    any_.store(true, std::memory_order_relaxed);
  }

  // Forgets a block before it is freed. False for an address inside of one.
  bool remove(void* block) {
    if (!any_.load(std::memory_order_relaxed)) return true;
    const std::lock_guard lock(mutex_);
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    const auto behind = blocks_.upper_bound(address);
    if (behind == blocks_.begin()) return true;
    const auto found = std::prev(behind);
    if (address >= found->second) return true;
    if (address != found->first) return false;
    blocks_.erase(found);
    any_.store(!blocks_.empty(), std::memory_order_relaxed);
    return true;
  }

 private:
  std::mutex mutex_;
  std::map<std::uintptr_t, std::uintptr_t> blocks_;  // begin -> end
  std::atomic<bool> any_{false};
};

// tree-sitter has one allocator per process, without a place for state. Never destroyed: trees may be freed
// later than the statics of a file.
HugeBlocks& huge_blocks() {
  static auto& blocks = *new HugeBlocks;
  return blocks;
}

void* finish(void* block, std::size_t size) {
  if (!block && size > 0) std::abort();  // as tree-sitter's own allocator does
  if (size >= kHuge) huge_blocks().add(block, size);
  return block;
}

void* allocate_zeroed(std::size_t count, std::size_t size) {
  return finish(std::calloc(count, size), count * size);
}

void* reallocate(void* block, std::size_t size) {
  if (block) huge_blocks().remove(block);
  return finish(std::realloc(block, size), size);
}

void release(void* block) {
  if (block && huge_blocks().remove(block)) std::free(block);
}

}  // namespace

void* allocate(std::size_t size) { return finish(std::malloc(size), size); }

bool install_allocator() {
  ts_set_allocator(allocate, allocate_zeroed, reallocate, release);
  return true;
}

}  // namespace ml::syntax
