#include "core/syntax/blocks.h"

#include <array>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace ml::syntax {

namespace {

// Sizes go in steps of 16 bytes. A slab holds blocks of one size behind a header that says which; it is
// aligned to its length, so that a block finds its header.
constexpr std::size_t kStep = 16, kSizes = kLargestBlock / kStep + 1;
constexpr std::size_t kSlab = 16 * 1024, kRegion = 16 * kSlab;

struct Header {
  std::uint64_t size;
};
static_assert(sizeof(Header) == 8, "blocks stand at 8 modulo 16");

struct Free {
  Free* next;
};
struct List {
  Free* first = nullptr;
  std::size_t count = 0;  // roughly: how many more came than went since it was last filled
  void push(Free* block) {
    block->next = std::exchange(first, block);
    ++count;
  }
};

struct Slab {
  std::byte *at = nullptr, *end = nullptr;  // what is left of it
};

// About as many blocks as one thread hands to the others at once: 8 KB, since every thread may hold two
// batches of every size that no other thread can use.
constexpr std::size_t batch(std::size_t size) { return 8 * 1024 / (size * kStep); }

// What the threads share. Never destroyed: trees may be freed later than the statics of a file.
struct Shared {
  std::mutex mutex;
  std::array<Free*, kSizes> batches{};          // the first block of a batch leads to the next one
  std::array<std::vector<Slab>, kSizes> slabs;  // begun by threads that ended
  std::byte* region = nullptr;                  // slabs not used yet
  std::size_t left = 0;
};
Shared& shared() {
  static auto& all = *new Shared;
  return all;
}

struct First : Free {
  Free* next_batch;
};

void hand_over(std::size_t size, Free* first) {
  Shared& all = shared();
  const std::lock_guard lock(all.mutex);
  static_cast<First*>(first)->next_batch = std::exchange(all.batches[size], first);
}

// Without destructor: blocks may come back when the thread's objects are gone.
struct Cache {
  std::array<List, kSizes> mine;
  std::array<Free*, kSizes> full;  // a batch more, or null
  std::array<Slab, kSizes> slabs;
};
constinit thread_local Cache cache{};

// Gives a thread's blocks to the others when it ends.
struct Leaving {
  ~Leaving() {
    for (std::size_t size = 0; size < kSizes; ++size) {
      if (cache.slabs[size].at != cache.slabs[size].end) {
        const std::lock_guard lock(shared().mutex);
        shared().slabs[size].push_back(std::exchange(cache.slabs[size], {}));
      }
      if (cache.mine[size].first != nullptr) hand_over(size, std::exchange(cache.mine[size].first, nullptr));
      cache.mine[size].count = 0;
      if (cache.full[size] != nullptr) hand_over(size, std::exchange(cache.full[size], nullptr));
    }
  }
  bool here = false;
};
thread_local Leaving leaving;

// The local list is empty.
[[gnu::noinline]] void* refill(std::size_t size) {
  leaving.here = true;  // from now on its destructor has something to do
  List& mine = cache.mine[size];
  if (cache.full[size] != nullptr) {
    mine.first = std::exchange(cache.full[size], nullptr);
    mine.count = batch(size);
  } else {
    Shared& all = shared();
    const std::lock_guard lock(all.mutex);
    if (Free* batch = all.batches[size]; batch != nullptr) {
      all.batches[size] = static_cast<First*>(batch)->next_batch;
      mine = {batch, 0};
    } else if (!all.slabs[size].empty()) {
      cache.slabs[size] = all.slabs[size].back();
      all.slabs[size].pop_back();
    } else {
      if (all.left == 0) {
        all.region = static_cast<std::byte*>(std::aligned_alloc(kSlab, kRegion));
        if (all.region == nullptr) std::abort();
        all.left = kRegion;
      }
      std::byte* const slab = all.region;
      all.region += kSlab;
      all.left -= kSlab;
      new (slab) Header{size * kStep};
      const std::size_t count = (kSlab - sizeof(Header)) / (size * kStep);
      std::byte* const begin = slab + sizeof(Header);
      cache.slabs[size] = {begin, begin + count * size * kStep};
    }
  }
  return take_block(size * kStep);
}

}  // namespace

void* take_block(std::size_t bytes) {
  const std::size_t size = bytes == 0 ? 1 : (bytes + kStep - 1) / kStep;
  List& mine = cache.mine[size];
  if (mine.first != nullptr) {
    --mine.count;
    return std::exchange(mine.first, mine.first->next);
  }
  Slab& slab = cache.slabs[size];
  if (slab.at != slab.end) return std::exchange(slab.at, slab.at + size * kStep);
  return refill(size);
}

std::size_t block_size(const void* block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return reinterpret_cast<const Header*>(address & ~(kSlab - 1))->size;
}

void give_block(void* block) {
  const std::size_t size = block_size(block) / kStep;
  List& mine = cache.mine[size];
  if (mine.count == batch(size)) {
    leaving.here = true;
    if (cache.full[size] != nullptr) hand_over(size, cache.full[size]);
    cache.full[size] = std::exchange(mine.first, nullptr);
    mine.count = 0;
  }
  mine.push(static_cast<Free*>(block));
}

}  // namespace ml::syntax
