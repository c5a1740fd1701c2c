#include "core/syntax/blocks.h"

#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/syntax/memory.h"

namespace ml::syntax {

namespace {

// Sizes go in steps of 16 bytes. A slab holds blocks of one size behind a header that says which; it is
// aligned to its length, so that a block finds its header.
constexpr std::size_t kStep = 16, kSizes = kLargestBlock / kStep + 1;
constexpr std::size_t kSlab = 16 * 1024, kRegion = 16 * kSlab;

struct Header {
  std::uint16_t size;
  // While return_free_memory counts.
  std::uint16_t made;
  std::uint32_t free;
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
  std::array<std::vector<Slab>, kSizes> slabs;  // begun by threads that need them no more
  std::byte* region = nullptr;                  // slabs not used yet
  std::size_t left = 0;
  std::vector<std::byte*> empty;  // slabs without memory
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

Header& header_of(const void* block) {
  return *reinterpret_cast<Header*>(reinterpret_cast<std::uintptr_t>(block) & ~(kSlab - 1));
}

constexpr std::size_t blocks_in_slab(std::size_t size) { return (kSlab - sizeof(Header)) / (size * kStep); }

// The caller holds the mutex.
std::byte* new_slab(Shared& all) {
  if (!all.empty.empty()) {
    std::byte* const slab = all.empty.back();
    all.empty.pop_back();
    return slab;
  }
  if (all.left == 0) {
    all.region = static_cast<std::byte*>(std::aligned_alloc(kSlab, kRegion));
    if (all.region == nullptr) std::abort();
    all.left = kRegion;
  }
  all.left -= kSlab;
  return std::exchange(all.region, all.region + kSlab);
}

// Without destructor: blocks may come back when the thread's objects are gone.
struct Cache {
  std::array<List, kSizes> mine;
  std::array<Free*, kSizes> full;  // a batch more, or null
  std::array<Slab, kSizes> slabs;
};
constinit thread_local Cache cache{};

void hand_over_mine(std::size_t size) {
  if (cache.slabs[size].at != cache.slabs[size].end) {
    const std::lock_guard lock(shared().mutex);
    shared().slabs[size].push_back(cache.slabs[size]);
  }
  cache.slabs[size] = {};
  if (cache.mine[size].first != nullptr) hand_over(size, std::exchange(cache.mine[size].first, nullptr));
  cache.mine[size].count = 0;
  if (cache.full[size] != nullptr) hand_over(size, std::exchange(cache.full[size], nullptr));
}

// Gives a thread's blocks to the others when it ends.
struct Leaving {
  ~Leaving() {
    for (std::size_t size = 0; size < kSizes; ++size) hand_over_mine(size);
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
      std::byte* const slab = new_slab(all);
      new (slab) Header{static_cast<std::uint16_t>(size * kStep), 0, 0};
      std::byte* const begin = slab + sizeof(Header);
      cache.slabs[size] = {begin, begin + blocks_in_slab(size) * size * kStep};
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

namespace {

template <class Take>
void for_each_block(Free* batches, Take take) {
  while (batches != nullptr) {
    Free* const next_batch = static_cast<First*>(batches)->next_batch;
    for (Free* block = batches; block != nullptr;) {
      Free* const next = block->next;
      take(block);
      block = next;
    }
    batches = next_batch;
  }
}

void return_free_blocks(std::size_t size) {
  hand_over_mine(size);
  Shared& all = shared();
  Free* found = nullptr;
  std::vector<Slab> begun;
  {
    const std::lock_guard lock(all.mutex);
    found = std::exchange(all.batches[size], nullptr);
    begun = std::exchange(all.slabs[size], {});
  }
  // Nobody else knows these blocks now, and slabs of which all are here.
  for_each_block(found, [&](Free* block) {
    header_of(block).free = 0;
    header_of(block).made = static_cast<std::uint16_t>(blocks_in_slab(size));
  });
  for (const Slab& slab : begun) {
    Header& header = header_of(slab.at);
    header.free = 0;
    header.made = static_cast<std::uint16_t>((slab.at - reinterpret_cast<std::byte*>(&header + 1)) /
                                             static_cast<std::ptrdiff_t>(size * kStep));
  }
  std::vector<void*> empty;
  for_each_block(found, [&](Free* block) {
    Header& header = header_of(block);
    if (++header.free == header.made) empty.push_back(&header);
  });
  List kept;
  for_each_block(found, [&](Free* block) {
    if (header_of(block).free == header_of(block).made) return;
    if (kept.count == batch(size)) {
      hand_over(size, kept.first);
      kept = {};
    }
    kept.push(block);
  });
  if (kept.first != nullptr) hand_over(size, kept.first);
  for (const Slab& slab : begun) {
    if (header_of(slab.at).free == header_of(slab.at).made) continue;
    const std::lock_guard lock(all.mutex);
    all.slabs[size].push_back(slab);
  }
  for (void* slab : empty) madvise(slab, kSlab, MADV_DONTNEED);
  const std::lock_guard lock(all.mutex);
  for (void* slab : empty) all.empty.push_back(static_cast<std::byte*>(slab));
}

}  // namespace

void return_free_memory() {
  static std::mutex counting;  // of blocks in headers
  const std::lock_guard lock(counting);
  for (std::size_t size = 0; size < kSizes; ++size) return_free_blocks(size);
}

void share_blocks() {
  for (std::size_t size = 0; size < kSizes; ++size) hand_over_mine(size);
}

}  // namespace ml::syntax
