#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/exact.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <limits>

namespace ml::native::profiler {
namespace {

std::atomic<Exact*> active_exact{nullptr};
std::atomic<std::uint64_t> runs{0};
constexpr std::uint64_t kLong =
    20'000;  // ns: intervals worth asking the processor clock how much of it was waiting

void set_evaluator(PyInterpreterState* interpreter, _PyFrameEvalFunction function) {
  _PyInterpreterState_SetEvalFrameFunc(interpreter, function);
}

// Before 3.12 every call counts against the program's recursion limit and nothing else looks at the stack.
// Since then frames entered through C count against a limit of their own, far below. Those that enter so only
// because of us must not count: a call that C code made leaves less of the limit than the frame around was
// given.
struct StackLimit {
#if PY_VERSION_HEX >= 0x030c0000
  explicit StackLimit(PyThreadState* of) : thread(of), left(of->c_recursion_remaining), outer_direct(direct) {
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::uintptr_t used = base > at ? base - at : 0;
    int given = left;
    if (base != 0 && used <= kRoom && left == direct) given = left + price;
    if (base != 0 && used > kRoom) given = std::min(left, kLast);
    thread->c_recursion_remaining = given;
    direct = given - price;
  }
  ~StackLimit() {
    thread->c_recursion_remaining = left;
    direct = outer_direct;
  }
  PyThreadState* thread;
  int left, outer_direct;
  // What the interpreter's loop takes of the limit for itself: differs between versions.
  static int price_of_a_frame(PyInterpreterState* interpreter);
  static int price;
  static constexpr int kLast = 1000;  // fits into the rest of the stack
  __attribute__((tls_model("initial-exec"))) static thread_local int direct;  // what calls without C are left
#else
  explicit StackLimit(PyThreadState* of) : thread(of) {
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (base == 0 || base < at || base - at < kRoom) return;
    left = thread->recursion_remaining;
    thread->recursion_remaining = 0;  // this call is one too many
    full = true;
  }
  ~StackLimit() {
    if (full) thread->recursion_remaining = left;
  }
  PyThreadState* thread;
  bool full = false;
  int left = 0;
#endif
  static constexpr std::uintptr_t kRoom = 7u << 20;  // of the 8 MiB a main thread has
  __attribute__((
      tls_model("initial-exec"))) static thread_local std::uintptr_t base;  // of the stack; 0: no room
};
thread_local std::uintptr_t StackLimit::base = 0;

#if PY_VERSION_HEX >= 0x030c0000
constexpr int kNothing = std::numeric_limits<int>::min();
int StackLimit::price = 0;
thread_local int StackLimit::direct = kNothing;

thread_local int seen_first = kNothing, seen_last = kNothing;

PyObject* see_limit(PyThreadState* thread, _PyInterpreterFrame* frame, int throwing) {
  if (seen_first == kNothing) seen_first = thread->c_recursion_remaining;
  seen_last = thread->c_recursion_remaining;
  return _PyEval_EvalFrameDefault(thread, frame, throwing);
}

// Runs a frame in a frame.
int StackLimit::price_of_a_frame(PyInterpreterState* interpreter) {
  PyObject* none = PyDict_New();
  PyObject* code = none == nullptr ? nullptr : Py_CompileString("(lambda: 0)()", "", Py_eval_input);
  seen_first = seen_last = kNothing;
  set_evaluator(interpreter, see_limit);
  PyObject* result = code == nullptr ? nullptr : PyEval_EvalCode(code, none, none);
  set_evaluator(interpreter, _PyEval_EvalFrameDefault);
  if (result == nullptr) PyErr_Clear();
  Py_XDECREF(result);
  Py_XDECREF(code);
  Py_XDECREF(none);
  return result == nullptr ? 0 : seen_first - seen_last;
}
#endif

}  // namespace

struct Exact::Local {
  std::uint64_t run = 0;
  std::uint32_t node = kNone, function = kNone;
  bool importing = false;
  std::uint64_t last_ns = 0;
  std::uint64_t cpu_ns = 0, cpu_at_ns = 0;  // the thread's clock, and when it was read
};

bool Exact::start() {
  interpreter_ = PyInterpreterState_Get();
  Exact* none = nullptr;
  if (_PyInterpreterState_GetEvalFrameFunc(interpreter_) != _PyEval_EvalFrameDefault) return false;
  run_ = ++runs;
  if (!active_exact.compare_exchange_strong(none, this)) return false;
  rlimit stack = {};
  const bool roomy = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur >= (8u << 20);
  StackLimit::base = roomy ? reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) : 0;
#if PY_VERSION_HEX >= 0x030c0000
  StackLimit::price = StackLimit::price_of_a_frame(interpreter_);
  StackLimit::direct = kNothing;
#endif
  set_evaluator(interpreter_, evaluate);
  return true;
}

void Exact::stop() {
  Exact* self = this;
  if (active_exact.compare_exchange_strong(self, nullptr))
    set_evaluator(interpreter_, _PyEval_EvalFrameDefault);
}

Exact::Local& Exact::here() {
  static __attribute__((tls_model("initial-exec"))) thread_local Local local;
  return local;
}

void Exact::pause() {
  Local& at = here();
  if (at.run == run_) charge(at, monotonic_ns());
  paused_ = true;
}

void Exact::resume() {
  Local& at = here();
  paused_ = false;
  if (at.run != run_) return;
  at.last_ns = at.cpu_at_ns = monotonic_ns();
  at.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void Exact::charge(Local& at, std::uint64_t now) {
  const std::uint64_t passed = now - at.last_ns;
  at.last_ns = now;
  std::uint64_t idle = 0;
  if (passed > kLong || at.cpu_at_ns == 0) {
    const std::uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    const std::uint64_t ran = cpu - at.cpu_ns, wall = now - at.cpu_at_ns;
    if (at.cpu_at_ns != 0 && wall > ran) idle = std::min(wall - ran, passed);
    at.cpu_ns = cpu;
    at.cpu_at_ns = now;
  }
  if (at.node != kNone) tree_.charge(at.node, passed - idle, idle);
}

PyObject* Exact::evaluate(PyThreadState* thread, _PyInterpreterFrame* frame, int throwing) {
  Local& at = here();
  Exact* self = active_exact.load(std::memory_order_acquire);
  const StackLimit limit(thread);
  if (self == nullptr || self->paused_) return _PyEval_EvalFrameDefault(thread, frame, throwing);
  if (at.run != self->run_) at = {.run = self->run_, .last_ns = monotonic_ns()};
  const void* code = code_of(frame);
  const CodeEntry* entry = self->registry_.index().find(code);
  const bool ml = entry != nullptr && entry->ml;
  const bool hidden = at.importing || (entry != nullptr && entry->role == Role::transparent) ||
                      (at.node == kNone && !ml) ||  // around the program
                      (ml && entry->inner && at.function == entry->function);
  if (hidden) return _PyEval_EvalFrameDefault(thread, frame, throwing);

  const bool import = entry != nullptr && entry->role == Role::import;
  const std::uint32_t function = import             ? self->sampler_.foreign_import(first_argument(frame))
                                 : entry == nullptr ? self->sampler_.foreign_code(code)
                                                    : entry->function;
  std::uint32_t line = 0;
  int steps = 16;
  for (const Frame* f = current_frame(thread); f != nullptr && at.node != kNone && steps > 0;
       f = f->previous, --steps) {
    const void* caller = code_of(f);
    const CodeEntry* of = caller == nullptr ? nullptr : self->registry_.index().find(caller);
    if (of == nullptr || of->function != at.function) continue;
    line = of->line_at(instruction_of(f));
    break;
  }
  self->charge(at, monotonic_ns());
  const std::uint32_t outer = at.node, outer_function = at.function;
  std::uint32_t node = self->tree_.child(outer, {function, line});
  if (node == kNone) node = outer;  // no room: its time stays with the caller
  at.node = node;
  at.function = function;
  at.importing = import;
  if (node != outer && node != kNone && throwing == 0 && frame->owner != FRAME_OWNED_BY_GENERATOR &&
      !(ml && entry->inner))
    self->tree_.enter(node);

  PyObject* result = _PyEval_EvalFrameDefault(thread, frame, throwing);

  if (active_exact.load(std::memory_order_acquire) == self && at.run == self->run_) {
    self->charge(at, monotonic_ns());
    at.node = outer;
    at.function = outer_function;
    at.importing = false;
  }
  return result;
}

std::uint32_t Exact::place(std::uint32_t node, std::uint32_t line) {
  const auto [it, fresh] = numbers_.try_emplace({node, line}, 0);
  if (!fresh) return it->second;
  const Tree::Node& n = tree_[node];
  // Parents come first and are numbered before: recursion as deep as the program's would overflow the stack.
  const std::uint32_t parent = n.parent == kNone ? kNone : numbers_.at({n.parent, n.line});
  it->second = static_cast<std::uint32_t>(numbers_.size() - 1);
  fresh_.push_back({it->second, parent, sampler_.function(n.function), line});
  return it->second;
}

void Exact::write(capture::Encoder& to, const Tree& samples, bool last) {
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint64_t>> lines;  // of a function: line -> samples
  for (std::uint32_t i = 0; last && i < samples.size(); ++i) {
    const Tree::Node& n = samples[i];
    const std::uint64_t ticks = n.ticks.load(std::memory_order_relaxed);
    if (ticks > 0) lines[sampler_.function(n.function)][n.line] += ticks;
  }
  std::vector<capture::Encoder::Weight> weights;
  std::vector<capture::Encoder::Count> entries;
  const std::uint32_t size = tree_.size();
  for (std::uint32_t i = 0; i < size; ++i) {
    const Tree::Node& n = tree_[i];
    if (n.parent != kNone) place(n.parent, n.line);
    const std::uint32_t function = sampler_.function(n.function);
    const std::uint32_t first = registry_.first_line(function);
    const std::uint32_t own = place(i, first);
    std::uint64_t cpu = n.cpu_ns.load(std::memory_order_relaxed);
    std::uint64_t wait = n.wait_ns.load(std::memory_order_relaxed);
    std::uint64_t ticks = n.ticks.load(std::memory_order_relaxed);
    const auto sampled = lines.find(function);
    std::uint64_t left = 0;
    if (sampled != lines.end())
      for (const auto& [line, count] : sampled->second) left += count;
    if (sampled != lines.end()) {
      for (const auto& [line, count] : sampled->second) {
        if (line == first) continue;
        const auto part = [&](std::uint64_t& of) {
          const auto share = static_cast<std::uint64_t>(static_cast<double>(of) * static_cast<double>(count) /
                                                        static_cast<double>(left));
          of -= std::min(share, of);
          return share;
        };
        const std::uint64_t its_cpu = part(cpu), its_wait = part(wait), its_ticks = part(ticks);
        weights.push_back({place(i, line), its_cpu, its_wait, its_ticks});
        left -= count;
        if (left == 0) break;
      }
    }
    weights.push_back({own, cpu, wait, ticks});
    const std::uint64_t entered = n.entries.load(std::memory_order_relaxed);
    if (entered > 0) entries.push_back({own, entered});
  }
  to.nodes(fresh_);
  fresh_.clear();
  to.samples(weights);
  to.entries(entries);
}

}  // namespace ml::native::profiler
