#include "core/syntax/allocator.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>

#include "core/syntax/blocks.h"

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

// The sanitizers shall see every block.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnBlocks = false;
#else
constexpr bool kOwnBlocks = true;
#endif
bool is_small(std::size_t size) { return kOwnBlocks && size <= kLargestBlock; }

void* allocate_zeroed(std::size_t count, std::size_t size) {
  if (!is_small(count * size)) return finish(std::calloc(count, size), count * size);
  return std::memset(take_block(count * size), 0, count * size);
}

// Asked about huge blocks first: an address inside of one may look like anything.
void release(void* block) {
  if (!block || !huge_blocks().remove(block)) return;
  if (kOwnBlocks && is_block(block)) return give_block(block);
  std::free(block);
}

void* reallocate(void* block, std::size_t size) {
  if (!block) return allocate(size);
  if (kOwnBlocks && is_block(block)) {
    const std::size_t had = block_size(block);
    if (size <= had && size > had / 2) return block;
    void* const moved = allocate(size);
    std::memcpy(moved, block, std::min(size, had));
    give_block(block);
    return moved;
  }
  huge_blocks().remove(block);
  return finish(std::realloc(block, size), size);
}

}  // namespace

void* allocate(std::size_t size) {
  return is_small(size) ? take_block(size) : finish(std::malloc(size), size);
}

bool install_allocator() {
  ts_set_allocator(allocate, allocate_zeroed, reallocate, release);
  return true;
}

}  // namespace ml::syntax
