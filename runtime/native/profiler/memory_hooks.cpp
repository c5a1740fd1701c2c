#include "runtime/native/profiler/memory_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ml::native::profiler {
namespace {

class Inside {
 public:
  Inside() : before_(inside) { inside = true; }
  ~Inside() { inside = before_; }

 private:
  const bool before_;
};

// The contexts passed on are those of the allocators below: hooks are installed with their contexts, so that
// a thread which reads a pair of which one word is new and one is old makes a valid call.

// The paths of requests that are not drawn are a few instructions and a jump: whatever needs a stack frame is
// in functions of its own.

template <int domain>
[[gnu::noinline, gnu::cold]] void* draw_malloc(void* context, std::size_t n) {
  const bool before = std::exchange(inside, true);
  void* block = watch.below[domain].malloc(context, kSmall + 1);
  inside = before;
  drawn_small(block, n);
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
  drawn_small(block, n);
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
  drawn_small(block, n);
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
  if (block != nullptr && n > watch.least &&
      watch.raw_budget.fetch_sub(bytes, std::memory_order_relaxed) < bytes)
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
  const auto same = [&](const PyMemAllocatorEx& hook) { return hook.malloc == a.malloc; };
  return std::any_of(std::begin(kSampled), std::end(kSampled), same) ||
         std::any_of(std::begin(kAll), std::end(kAll), same);
}

struct Seen {
  PyMemAllocatorEx raw = {};
  const void* given = nullptr;
  bool freed = false;
};
}  // namespace

void install(int domain, bool all) {
  const PyMemAllocatorEx& hook = all ? kAll[domain] : kSampled[domain];
  PyMemAllocatorEx now = watch.below[domain];
  now.malloc = hook.malloc;
  now.calloc = hook.calloc;
  now.realloc = hook.realloc;
  if (hook.free != nullptr) now.free = hook.free;
  PyMem_SetAllocator(kDomains[domain], &now);
}

bool is_installed(int domain) {
  PyMemAllocatorEx now = {};
  PyMem_GetAllocator(kDomains[domain], &now);
  return is_ours(now);
}

bool reinstall(int domain) {
  PyMemAllocatorEx now = {};
  PyMem_GetAllocator(kDomains[domain], &now);
  if (is_ours(now)) return true;
  if (now.malloc != watch.below[domain].malloc) return false;
  install(domain, false);
  return true;
}

void uninstall(int domain) {
  PyMemAllocatorEx now = {};
  PyMem_GetAllocator(kDomains[domain], &now);
  if (is_ours(now)) {
    PyMem_SetAllocator(kDomains[domain], &watch.below[domain]);
  } else if (now.malloc != watch.below[domain].malloc) {
    watch.wrapped = true;
  }
}

bool enlarging_works() {
  Seen seen;
  PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &seen.raw);
  PyMemAllocatorEx spy = {&seen,
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

}  // namespace ml::native::profiler
