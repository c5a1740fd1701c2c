#include "runtime/native/profiler/memory_watch.h"

#include <utility>

namespace ml::native::profiler {
namespace {

// Pools are taken by their largest blocks, up to 2 MB of them. Where more is free, there is no rest: much
// could come into it unseen.
constexpr std::size_t kMostPools = 2u << 20;

PyObjectArenaAllocator below_arena = {};
bool arenas_watched = false;
bool taking = false, refused = false;  // under the interpreter lock

struct Taken {
  Taken* next;
};
Taken* pools = nullptr;  // under the interpreter lock

void* arena_alloc(void* context, std::size_t size) {
  if (taking) {
    refused = true;
    return nullptr;
  }
  {
    const Lock lock;
    if (watch.active.load(std::memory_order_relaxed) && watch.duty != nullptr && memory_changed())
      draw_small();
  }
  return below_arena.alloc(context, size);
}

void give_pools_back() {
  const PyMemAllocatorEx& below = watch.below[2];
  for (Taken* at = std::exchange(pools, nullptr); at != nullptr;)
    below.free(below.ctx, std::exchange(at, at->next));
}

// Whether every free pool is taken now.
bool take_pools() {
  const PyMemAllocatorEx& below = watch.below[2];
  taking = true;
  refused = false;
  for (std::size_t bytes = 0; bytes < kMostPools && !refused; bytes += kSmall) {
    void* block = below.malloc(below.ctx, kSmall);
    if (block == nullptr) break;
    if (refused) {
      below.free(below.ctx, block);  // the raw domain gave it
    } else {
      pools = new (block) Taken{pools};
    }
  }
  taking = false;
  if (!refused) give_pools_back();
  return refused;
}

// Without the small blocks' hooks there is no telling what happens under those of another tool.
void give_up() { delete std::exchange(watch.duty, nullptr); }

void let_in() {
  if (!reinstall(1) || !reinstall(2)) give_up();
}

void take_out() {
  if (!is_installed(1) || !is_installed(2)) return give_up();
  uninstall(1);
  uninstall(2);
}

}  // namespace

void watch_arenas() {
  PyObjectArenaAllocator now = {};
  PyObject_GetArenaAllocator(&now);
  if (now.alloc == arena_alloc) return;
  below_arena = now;
  now.alloc = arena_alloc;
  PyObject_SetArenaAllocator(&now);
  arenas_watched = true;
}

void unwatch_arenas() {
  if (!arenas_watched) return;
  PyObjectArenaAllocator now = {};
  PyObject_GetArenaAllocator(&now);
  if (now.alloc == arena_alloc) {
    PyObject_SetArenaAllocator(&below_arena);
    arenas_watched = false;
  }
  give_pools_back();
}

bool memory_changed() {
  const std::uint64_t now = used_ns();
  const bool woke = watch.duty->resting();
  watch.duty->changed(now);
  if (!woke) return false;
  watch.pace->look_closer(now);
  let_in();
  return true;
}

void rest_or_wake() {
  bool ready = false, awake = true;
  {
    const Lock lock;
    if (watch.duty == nullptr && pools == nullptr) return;
    awake = watch.duty == nullptr || !watch.duty->resting();
    ready = watch.duty != nullptr && watch.ripe;
    watch.ripe = false;
  }
  if (pools != nullptr && awake) give_pools_back();
  if (!ready) return;
  const bool taken = take_pools();
  const Lock lock;
  if (watch.duty == nullptr || watch.pace->period() == 0) return;
  if (!taken) return watch.duty->postpone(used_ns());
  watch.duty->rest(used_ns(), watch.ledger->small_live(), watch.ledger->peak(), watch.pace->period());
  take_out();
}

void turn_watch() {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed) || watch.duty == nullptr) return;
  const std::uint64_t now = used_ns();
  if (watch.duty->lasted(now)) watch.ledger->keep();
  // The next sample does it, with the interpreter lock.
  if (watch.duty->settled(now)) watch.ripe = watch.pace->period() != 0;
  if (!watch.duty->turn()) return;
  if (!watch.duty->watching()) return take_out();
  watch.ledger->keep();
  let_in();
}

}  // namespace ml::native::profiler
