#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/memory.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include <cstring>
#include <utility>

#include "runtime/native/profiler/memory_watch.h"

namespace ml::native::profiler {

constinit Watch watch;
constinit thread_local bool inside = false;

namespace {

std::uint64_t clock_ns(clockid_t clock) {
  timespec t = {};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

struct Owner {
  std::uint32_t function, line;
};

// The frames are those of the calling thread, which stands in a call of C code: they are at rest.
Owner owner_here() {
  PyThreadState* thread = PyGILState_GetThisThreadState();
  if (thread == nullptr) return {Registry::kOutside, 0};
  for (const Frame* frame = current_frame(thread); frame != nullptr; frame = frame->previous) {
    const void* code = code_of(frame);
    if (code == nullptr) continue;
    if (code == watch.find_and_load) return {Registry::kLibrary, 0};
    const CodeEntry* entry = watch.codes->find(code);
    if (entry != nullptr && entry->ml) return {entry->function, entry->line_at(instruction_of(frame))};
  }
  return {Registry::kOutside, 0};
}

// Enters a block of `size` bytes that was drawn with `period`. Under the lock.
void enter(const void* block, std::size_t size, std::uint64_t period, bool enlarged) {
  const Owner who = owner_here();
  const double count = Pace::stands_for(size, period);
  const bool resting = watch.duty != nullptr && watch.duty->resting();
  watch.ledger->add(block, watch.ledger->owner(who.function, who.line),
                    static_cast<std::uint64_t>(static_cast<double>(size) * count + 0.5), count, enlarged,
                    enlarged && resting ? watch.duty->stands_for() : 1);
  watch.pace->sampled(used_ns, watch.ledger->live(), watch.ledger->enlarged(), watch.ledger->nearly_full(),
                      resting);
}

void draw_raw() {
  watch.raw_period = watch.pace->period();
  watch.raw_budget.store(watch.pace->draw(), std::memory_order_relaxed);
}

bool tracing() {
  PyObject* module = PyImport_ImportModule("_tracemalloc");
  PyObject* on = module == nullptr ? nullptr : PyObject_CallMethod(module, "is_tracing", nullptr);
  const bool yes = on != nullptr && PyObject_IsTrue(on) == 1;
  Py_XDECREF(on);
  Py_XDECREF(module);
  PyErr_Clear();
  return yes;
}

const void* import_code() {
  PyObject* module = PyImport_ImportModule("_frozen_importlib");
  PyObject* function = module == nullptr ? nullptr : PyObject_GetAttrString(module, "_find_and_load");
  PyObject* code = function == nullptr ? nullptr : PyObject_GetAttrString(function, "__code__");
  const void* at = code;  // lives as long as the import system
  Py_XDECREF(code);
  Py_XDECREF(function);
  Py_XDECREF(module);
  PyErr_Clear();
  return at;
}

// A forked child is not profiled; another thread of the parent may have been inside.
void after_fork() {
  watch.active.store(false, std::memory_order_release);
  watch.busy.clear(std::memory_order_release);
  watch.budget = kNever;
  watch.raw_budget.store(kNever, std::memory_order_relaxed);
}

}  // namespace

std::uint64_t used_ns() { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

void draw_small() {
  watch.small_period = watch.pace->period();
  watch.budget = watch.pace->draw();
}

void drawn_small(const void* block, std::size_t size) {
  {
    const Lock lock;
    if (!watch.active.load(std::memory_order_relaxed)) {
      watch.budget = kNever;
      return;
    }
    if (block != nullptr && size != 0) enter(block, size, watch.small_period, true);
    draw_small();
  }
  rest_or_wake();
}

void drawn_raw(const void* block, std::size_t size) {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) {
    watch.raw_budget.store(kNever, std::memory_order_relaxed);
    return;
  }
  if (block != nullptr && !inside) enter(block, size, watch.raw_period, false);
  draw_raw();
}

Ledger::Taken take(const void* block) {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) return {};
  const Ledger::Taken taken = watch.ledger->take(block);
  if (taken.enlarged && watch.duty != nullptr && watch.duty->fell(watch.ledger->small_live()))
    memory_changed();
  return taken;
}

void put_back(const void* block, Ledger::Taken what) {
  const Lock lock;
  if (watch.active.load(std::memory_order_relaxed)) watch.ledger->put_back(block, what);
}

// CPython 3.11 is commonly built with its small-object allocator inlined into its callers, which any hook
// undoes.
MemoryLevel default_memory_level() { return MemoryLevel::full; }

bool Memory::start(MemoryLevel level, std::string* why) {
  if (level == MemoryLevel::off) return true;
  static const bool registered = pthread_atfork(nullptr, nullptr, after_fork) == 0;
  if (tracing()) {
    *why = "memory is not shown: tracemalloc is tracing";
    return false;
  }
  for (const int domain : {0, 1, 2}) {
    if (!registered || watch.active.load() || watch.wrapped || is_installed(domain)) {
      *why = "memory is not shown: the memory of this process is being watched already";
      return false;
    }
  }
  const bool all = level == MemoryLevel::exact || !enlarging_works();
  for (int domain = 0; domain < 3; ++domain) PyMem_GetAllocator(kDomains[domain], &watch.below[domain]);
  {
    const Lock lock;
    delete watch.ledger;
    delete watch.pace;
    delete watch.duty;
    watch.ledger = new Ledger(level == MemoryLevel::exact);
    watch.pace = new Pace(clock_ns(CLOCK_MONOTONIC), level == MemoryLevel::exact);
    const bool rests = !all && level == MemoryLevel::full;
    watch.duty = rests ? new Duty(used_ns(), clock_ns(CLOCK_MONOTONIC)) : nullptr;
    watch.codes = &codes_;
    watch.find_and_load = import_code();
    watch.least = level == MemoryLevel::large ? kSmall : 0;
    if (!watch.ledger->usable()) {
      *why = "memory is not shown: there is none for the profiler";
      return false;
    }
    draw_small();
    draw_raw();
  }
  level_ = level;
  started_ = true;
  watch.active.store(true, std::memory_order_release);
  if (watch.duty != nullptr) watch_arenas();
  install(0, all);
  if (all || level != MemoryLevel::large) {
    install(1, all);
    install(2, all);
  }
  return true;
}

void Memory::stop() {
  if (!started_) return;
  started_ = false;
  collect();
  {
    const Lock lock;
    delete std::exchange(watch.duty, nullptr);
  }
  unwatch_arenas();
  for (int domain = 2; domain >= 0; --domain) uninstall(domain);
  const Lock lock;  // waits for hooks of threads without the interpreter lock
  watch.active.store(false, std::memory_order_release);
  watch.codes = nullptr;
  watch.budget = kNever;
  watch.raw_budget.store(kNever, std::memory_order_relaxed);
}

void Memory::turn() {
  if (level_ == MemoryLevel::full) turn_watch();
}

void Memory::collect() {
  if (level_ == MemoryLevel::off) return;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::uint32_t owners = 0;
  {
    const Lock lock;
    if (!watch.active.load(std::memory_order_relaxed)) return;
    owners = watch.ledger->owners();
  }
  rows_.reserve(owners + 256);  // not under the lock
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) return;
  const Ledger& ledger = *watch.ledger;
  rows_.clear();
  totals_ = {};
  totals_.level = level_;
  totals_.period = watch.pace->period();
  totals_.samples = watch.pace->samples();
  totals_.peak = ledger.peak();
  totals_.live = ledger.live();
  totals_.rss_peak = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  for (std::uint32_t i = 0; i < ledger.owners() && i < rows_.capacity(); ++i) {
    rows_.push_back(ledger.row(i));
    totals_.bytes += rows_.back().bytes;
    totals_.count += rows_.back().count;
  }
}

void Memory::write(capture::Encoder& to) {
  if (level_ == MemoryLevel::off) return;
  std::vector<capture::Allocations> changed;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i < written_.size() && memcmp(&rows_[i], &written_[i], sizeof rows_[i]) == 0) continue;
    changed.push_back(rows_[i]);
  }
  written_ = rows_;
  to.memory(changed);
  to.memory_totals(totals_);
}

}  // namespace ml::native::profiler
