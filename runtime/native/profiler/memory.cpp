#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/memory.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "runtime/native/profiler/memory_ledger.h"
#include "runtime/native/profiler/memory_pace.h"

namespace ml::native::profiler {
namespace {

// pymalloc's limit: bigger requests go to the raw domain, whose hook sees them.
constexpr std::size_t kSmall = 512;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr PyMemAllocatorDomain kDomains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

// initial-exec: reading it must not allocate, also in a library loaded late. Set while a hook is inside the
// allocator below, whose own requests of the raw domain are the same bytes again.
__attribute__((tls_model("initial-exec"))) thread_local bool inside;

std::uint64_t now_ns() {
  timespec t = {};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

// What the hooks work on. One for the process, as the allocators are; never destroyed, since blocks and other
// tools that wrapped our hooks may outlive every session.
struct Watch {
  // Read by hooks at every call.
  std::int64_t budget = kNever;                   // bytes to the next small sample; under the interpreter lock
  std::atomic<std::int64_t> raw_budget{kNever};   // the same of the raw domain, of any thread
  PyMemAllocatorEx below[3] = {};                 // by domain

  std::atomic<bool> active{false};
  std::atomic_flag busy = ATOMIC_FLAG_INIT;  // guards what follows
  std::unique_ptr<Ledger> ledger;            // of the last run
  std::unique_ptr<Pace> pace;
  const CodeIndex* codes = nullptr;
  const void* find_and_load = nullptr;  // code of the import system's own function
  std::uint64_t small_period = 0, raw_period = 0;  // of the budgets
  std::size_t least = 0;                // requests up to this size are not watched where frees are
  double duty = 1;                      // share of the time small blocks are watched
};
Watch watch;

class Lock {
 public:
  Lock() {
    for (int i = 0; watch.busy.test_and_set(std::memory_order_acquire);)
      if (++i % 64 == 0) sched_yield();
  }
  ~Lock() { watch.busy.clear(std::memory_order_release); }
};

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
void enter(const void* block, std::size_t size, std::uint64_t period, double duty, bool enlarged) {
  const Owner who = owner_here();
  const double count = Pace::stands_for(size, period) / duty;
  watch.ledger->add(block, watch.ledger->owner(who.function, who.line),
                    static_cast<std::uint64_t>(static_cast<double>(size) * count + 0.5), count, enlarged);
  watch.pace->sampled(now_ns, watch.ledger->enlarged(), watch.ledger->nearly_full());
}

void draw_small() {
  watch.small_period = watch.pace->period();
  watch.budget = watch.pace->draw();
}

void draw_raw() {
  watch.raw_period = watch.pace->period();
  watch.raw_budget.store(watch.pace->draw(), std::memory_order_relaxed);
}

// A small block from the budget of the OBJ and MEM domains; null: it was not to be had.
[[gnu::noinline]] void drawn_small(const void* block, std::size_t size, bool enlarged) {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) {
    watch.budget = kNever;
    return;
  }
  if (block != nullptr && size != 0) enter(block, size, watch.small_period, watch.duty, enlarged);
  draw_small();
}

[[gnu::noinline]] void drawn_raw(const void* block, std::size_t size) {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) {
    watch.raw_budget.store(kNever, std::memory_order_relaxed);
    return;
  }
  if (block != nullptr && !inside) enter(block, size, watch.raw_period, 1, false);
  draw_raw();
}

[[gnu::noinline]] Ledger::Taken take(const void* block) {
  const Lock lock;
  if (!watch.active.load(std::memory_order_relaxed)) return {};
  return watch.ledger->take(block);
}

[[gnu::noinline]] void put_back(const void* block, Ledger::Taken what) {
  const Lock lock;
  if (watch.active.load(std::memory_order_relaxed)) watch.ledger->put_back(block, what);
}

bool may_hold(const void* block) {
  return watch.active.load(std::memory_order_acquire) && watch.ledger->may_hold(block);
}

class Inside {
 public:
  Inside() : before_(inside) { inside = true; }
  ~Inside() { inside = before_; }

 private:
  const bool before_;
};

// The contexts passed on are those of the allocators below: hooks are installed with their contexts, so that a
// thread which reads a pair of which one word is new and one is old makes a valid call.

// The paths of requests that are not drawn are a few instructions and a jump: whatever needs a stack frame is in
// functions of its own.

template <int domain>
[[gnu::noinline, gnu::cold]] void* draw_malloc(void* context, std::size_t n) {
  const bool before = std::exchange(inside, true);
  void* block = watch.below[domain].malloc(context, kSmall + 1);
  inside = before;
  drawn_small(block, n, true);
  return block;
}

template <int domain>
void* small_malloc(void* context, std::size_t n) {
  if (n <= kSmall && (watch.budget -= static_cast<std::int64_t>(n)) < 0) [[unlikely]]
    return draw_malloc<domain>(context, n);
  return watch.below[domain].malloc(context, n);
}

template <int domain>
[[gnu::noinline, gnu::cold]] void* draw_calloc(void* context, std::size_t n) {
  const bool before = std::exchange(inside, true);
  void* block = watch.below[domain].calloc(context, 1, kSmall + 1);
  inside = before;
  drawn_small(block, n, true);
  return block;
}

template <int domain>
void* small_calloc(void* context, std::size_t items, std::size_t each) {
  std::size_t n = 0;
  if (!__builtin_mul_overflow(items, each, &n) && n <= kSmall &&
      (watch.budget -= static_cast<std::int64_t>(n)) < 0) [[unlikely]]
    return draw_calloc<domain>(context, n);
  return watch.below[domain].calloc(context, items, each);
}

template <int domain>
[[gnu::noinline, gnu::cold]] void* draw_realloc(void* context, void* old, std::size_t n) {
  const bool before = std::exchange(inside, true);
  void* block = watch.below[domain].realloc(context, old, kSmall + 1);
  inside = before;
  drawn_small(block, n, true);
  return block;
}

template <int domain>
void* small_realloc(void* context, void* old, std::size_t n) {
  if (n <= kSmall && (watch.budget -= static_cast<std::int64_t>(n)) < 0) [[unlikely]]
    return draw_realloc<domain>(context, old, n);
  return watch.below[domain].realloc(context, old, n);
}

void* raw_malloc(void* context, std::size_t n) {
  void* block = watch.below[0].malloc(context, n);
  const auto bytes = static_cast<std::int64_t>(n);
  if (n > kSmall && watch.raw_budget.fetch_sub(bytes, std::memory_order_relaxed) < bytes) drawn_raw(block, n);
  return block;
}

void* raw_calloc(void* context, std::size_t items, std::size_t each) {
  void* block = watch.below[0].calloc(context, items, each);
  std::size_t n = 0;
  if (__builtin_mul_overflow(items, each, &n)) return block;
  const auto bytes = static_cast<std::int64_t>(n);
  if (n > kSmall && watch.raw_budget.fetch_sub(bytes, std::memory_order_relaxed) < bytes) drawn_raw(block, n);
  return block;
}

void* raw_realloc(void* context, void* old, std::size_t n) {
  Ledger::Taken taken;
  if (old != nullptr && may_hold(old)) taken = take(old);  // before: afterwards its address may be another's
  void* block = watch.below[0].realloc(context, old, n);
  if (block == nullptr) {
    if (taken.weight != 0) put_back(old, taken);
    return nullptr;
  }
  const auto bytes = static_cast<std::int64_t>(n);
  if (n > kSmall && watch.raw_budget.fetch_sub(bytes, std::memory_order_relaxed) < bytes) drawn_raw(block, n);
  return block;
}

void raw_free(void* context, void* block) {
  if (block != nullptr && may_hold(block)) take(block);
  watch.below[0].free(context, block);
}

// Every request and every free, of any size, in any domain; the outermost hook on the way down counts.

void drawn_any(const void* block, std::size_t n) {
  const auto bytes = static_cast<std::int64_t>(n);
  if (block != nullptr && n > watch.least && watch.raw_budget.fetch_sub(bytes, std::memory_order_relaxed) < bytes)
    drawn_raw(block, n);
}

template <int domain>
void* all_malloc(void* context, std::size_t n) {
  if (inside) return watch.below[domain].malloc(context, n);
  void* block;
  {
    const Inside mark;
    block = watch.below[domain].malloc(context, n);
  }
  drawn_any(block, n);
  return block;
}

template <int domain>
void* all_calloc(void* context, std::size_t items, std::size_t each) {
  if (inside) return watch.below[domain].calloc(context, items, each);
  void* block;
  {
    const Inside mark;
    block = watch.below[domain].calloc(context, items, each);
  }
  drawn_any(block, items * each);
  return block;
}

template <int domain>
void* all_realloc(void* context, void* old, std::size_t n) {
  if (inside) return watch.below[domain].realloc(context, old, n);
  Ledger::Taken taken;
  if (old != nullptr && may_hold(old)) taken = take(old);
  void* block;
  {
    const Inside mark;
    block = watch.below[domain].realloc(context, old, n);
  }
  if (block == nullptr) {
    if (taken.weight != 0) put_back(old, taken);
    return nullptr;
  }
  drawn_any(block, n);
  return block;
}

template <int domain>
void all_free(void* context, void* block) {
  if (block != nullptr && may_hold(block)) take(block);
  watch.below[domain].free(context, block);
}

// By domain: what is installed.
constexpr PyMemAllocatorEx kSampled[] = {
    {nullptr, raw_malloc, raw_calloc, raw_realloc, raw_free},
    {nullptr, small_malloc<1>, small_calloc<1>, small_realloc<1>, nullptr},
    {nullptr, small_malloc<2>, small_calloc<2>, small_realloc<2>, nullptr},
};
constexpr PyMemAllocatorEx kAll[] = {
    {nullptr, all_malloc<0>, all_calloc<0>, all_realloc<0>, all_free<0>},
    {nullptr, all_malloc<1>, all_calloc<1>, all_realloc<1>, all_free<1>},
    {nullptr, all_malloc<2>, all_calloc<2>, all_realloc<2>, all_free<2>},
};

bool is_ours(const PyMemAllocatorEx& a) {
  return std::any_of(std::begin(kSampled), std::end(kSampled), [&](auto& o) { return o.malloc == a.malloc; }) ||
         std::any_of(std::begin(kAll), std::end(kAll), [&](auto& o) { return o.malloc == a.malloc; });
}

void install(int domain, const PyMemAllocatorEx& hook) {
  PyMemAllocatorEx now = watch.below[domain];
  now.malloc = hook.malloc;
  now.calloc = hook.calloc;
  now.realloc = hook.realloc;
  if (hook.free != nullptr) now.free = hook.free;
  PyMem_SetAllocator(kDomains[domain], &now);
}

// Puts back what was there; false if somebody wrapped our hook meanwhile: then it stays and does nothing.
bool uninstall(int domain) {
  PyMemAllocatorEx now = {};
  PyMem_GetAllocator(kDomains[domain], &now);
  if (!is_ours(now)) return now.malloc == watch.below[domain].malloc;
  PyMem_SetAllocator(kDomains[domain], &watch.below[domain]);
  return true;
}

// Whether a small request enlarged past pymalloc's limit comes from, and returns to, the raw domain.
struct Seen {
  PyMemAllocatorEx raw = {};
  const void* given = nullptr;
  bool freed = false;
};
bool enlarging_works() {
  Seen seen;
  PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &seen.raw);
  PyMemAllocatorEx spy = {
      &seen,
      [](void* c, std::size_t n) {
        auto* s = static_cast<Seen*>(c);
        void* p = s->raw.malloc(s->raw.ctx, n);
        if (n == kSmall + 1) s->given = p;
        return p;
      },
      [](void* c, std::size_t k, std::size_t n) {
        auto* s = static_cast<Seen*>(c);
        return s->raw.calloc(s->raw.ctx, k, n);
      },
      [](void* c, void* p, std::size_t n) {
        auto* s = static_cast<Seen*>(c);
        return s->raw.realloc(s->raw.ctx, p, n);
      },
      [](void* c, void* p) {
        auto* s = static_cast<Seen*>(c);
        if (p != nullptr && p == s->given) s->freed = true;
        s->raw.free(s->raw.ctx, p);
      }};
  bool works = true;
  for (const int domain : {1, 2}) {
    PyMemAllocatorEx below = {};
    PyMem_GetAllocator(kDomains[domain], &below);
    seen.given = nullptr;
    seen.freed = false;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &spy);
    void* block = below.malloc(below.ctx, kSmall + 1);
    const bool came = block != nullptr && block == seen.given;
    below.free(below.ctx, block);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &seen.raw);
    works = works && came && seen.freed;
  }
  return works;
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

MemoryLevel default_memory_level() {
  return MemoryLevel::full;
}

bool Memory::start(MemoryLevel level, std::string* why) {
  if (level == MemoryLevel::off) return true;
  static const bool registered = pthread_atfork(nullptr, nullptr, after_fork) == 0;
  if (tracing()) {
    *why = "memory is not shown: tracemalloc is tracing";
    return false;
  }
  PyMemAllocatorEx now = {};
  for (int domain = 0; domain < 3; ++domain) {
    PyMem_GetAllocator(kDomains[domain], &now);
    if (!registered || watch.active.load() || is_ours(now)) {
      *why = "memory is not shown: the memory of this process is being watched already";
      return false;
    }
  }
  const bool all = level == MemoryLevel::exact || !enlarging_works();
  if (all && level == MemoryLevel::duty) level = MemoryLevel::full;
  for (int domain = 0; domain < 3; ++domain) PyMem_GetAllocator(kDomains[domain], &watch.below[domain]);
  {
    const Lock lock;
    watch.ledger = std::make_unique<Ledger>(level == MemoryLevel::exact);
    watch.pace = std::make_unique<Pace>(now_ns(), level == MemoryLevel::exact);
    watch.codes = &codes_;
    watch.find_and_load = import_code();
    watch.least = level == MemoryLevel::large ? kSmall : 0;
    watch.duty = 1;
    draw_small();
    draw_raw();
  }
  level_ = level;
  started_ = true;
  watch.active.store(true, std::memory_order_release);
  install(0, all ? kAll[0] : kSampled[0]);
  if (all || level != MemoryLevel::large) {
    install(1, all ? kAll[1] : kSampled[1]);
    install(2, all ? kAll[2] : kSampled[2]);
  }
  return true;
}

void Memory::stop() {
  if (!started_) return;
  started_ = false;
  if (watch.active.load()) collect();
  for (int domain = 2; domain >= 0; --domain) uninstall(domain);
  const Lock lock;  // waits for hooks of threads without the interpreter lock
  watch.active.store(false, std::memory_order_release);
  watch.codes = nullptr;
  watch.budget = kNever;
  watch.raw_budget.store(kNever, std::memory_order_relaxed);
}

std::uint64_t Memory::visit(std::uint64_t) { return 1'000'000'000; }

void Memory::collect() {
  if (level_ == MemoryLevel::off) return;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  rows_.reserve(Ledger::kOwners);
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
  for (std::uint32_t i = 0; i < ledger.owners(); ++i) {
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
