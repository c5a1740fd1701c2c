#pragma once

// Between memory.cpp, which keeps the books, memory_hooks.cpp, the functions the interpreter calls instead of
// its allocators, and memory_rest.cpp, which takes them out while there is nothing to be seen; for these
// only.

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <limits>

#include "runtime/native/profiler/memory_duty.h"
#include "runtime/native/profiler/memory_ledger.h"
#include "runtime/native/profiler/memory_pace.h"
#include "runtime/native/profiler/registry.h"

namespace ml::native::profiler {

// pymalloc's limit: bigger requests go to the raw domain, whose hook sees them.
inline constexpr std::size_t kSmall = 512;
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr PyMemAllocatorDomain kDomains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

// What the hooks work on. One for the process, as the allocators are; what it points to is never destroyed at
// exit, since blocks, threads and tools that wrapped our hooks may outlive every session.
struct Watch {
  // Read by hooks at every call.
  std::int64_t budget = kNever;                  // bytes to the next small sample; under the interpreter lock
  std::atomic<std::int64_t> raw_budget{kNever};  // the same of the raw domain, of any thread
  PyMemAllocatorEx below[3] = {};                // by domain

  bool wrapped = false;  // a hook could not be taken out again

  std::atomic<bool> active{false};
  std::atomic_flag busy = ATOMIC_FLAG_INIT;  // guards what follows
  Ledger* ledger = nullptr;                  // of the last run
  Pace* pace = nullptr;
  bool ripe = false;     // for rest
  Duty* duty = nullptr;  // null: small blocks are watched all the time, or not at all
  const CodeIndex* codes = nullptr;
  const void* find_and_load = nullptr;             // code of the import system's own function
  std::uint64_t small_period = 0, raw_period = 0;  // of the budgets
  std::size_t least = 0;                           // requests up to this size are not watched where frees are
};
// Hidden: hooks reach it without a table of addresses.
[[gnu::visibility("hidden")]] extern Watch watch;

// Set while a hook is inside the allocator below, whose own requests of the raw domain are the same bytes
// again. initial-exec: reading it must not allocate, also in a library loaded late.
[[gnu::visibility("hidden"), gnu::tls_model("initial-exec")]] extern thread_local constinit bool inside;

class Lock {
 public:
  Lock() {
    for (int i = 0; watch.busy.test_and_set(std::memory_order_acquire);)
      if (++i % 64 == 0) sched_yield();
  }
  ~Lock() { watch.busy.clear(std::memory_order_release); }
};

// A block was drawn by the budget of the OBJ and MEM domains, or by that of the raw domain; the next one is
// drawn. Null: it was not to be had.
void drawn_small(const void* block, std::size_t size);
void draw_small();  // under the lock, with the interpreter lock
void drawn_raw(const void* block, std::size_t size);

// A block is about to be freed; or was not, after all.
Ledger::Taken take(const void* block);
void put_back(const void* block, Ledger::Taken what);
inline bool may_hold(const void* block) {
  return watch.active.load(std::memory_order_acquire) && watch.ledger->may_hold(block);
}

// The hooks of a domain, by its index in kDomains, over watch.below. `all`: those that watch frees and every
// size.
void install(int domain, bool all);
bool is_installed(int domain);
// Puts a hook back that was taken out; false if another tool has put its own there.
bool reinstall(int domain);
// Unless somebody else wrapped the hook: then it stays, and does nothing while watching is off.
void uninstall(int domain);

// Processor time of the process in ns. Not the clock on the wall: on a busy machine a sample must not cost
// the program a larger part of its time.
std::uint64_t used_ns();

// Rest (memory_duty.h): the hooks of small blocks are out. What wakes the watch is a new arena of the
// small-object allocator, or a fall of what is live. For every growth to need an arena, the pools that are
// free are taken, and given back on waking.
void watch_arenas();    // before the hooks are installed; with the interpreter lock
void unwatch_arenas();  // gives back the pools, too; with the interpreter lock
bool memory_changed();  // under the lock; whether the watch was at rest
// In a hook of a small block's allocation, not under the lock: goes to rest, or gives back the pools, if it
// is time for either.
void rest_or_wake();
// A turn of the helper thread.
void turn_watch();

// Whether a small request enlarged past pymalloc's limit comes from, and returns to, the raw domain.
bool enlarging_works();

}  // namespace ml::native::profiler
