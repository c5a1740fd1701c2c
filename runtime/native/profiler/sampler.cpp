#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/sampler.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace ml::native::profiler {
namespace {

constexpr int kSignal = SIGPROF;
constexpr std::uint64_t kMicro = 1'000, kMilli = 1'000'000;
constexpr std::uint64_t kDense = 40 * kMilli, kYoung = 25 * kMilli;
// A thread is watched closely until there are so many samples that advice can rest on half of them
// (profiler-reports.md 1.5). On a busy machine they come late, and at some time it must end.
constexpr std::uint64_t kSure = 70, kGrown = 400 * kMilli;
// Where the helper's looks come this often without that, they are enough: they cost the thread nothing.
constexpr std::uint64_t kFirstLook = 3 * kMilli, kOften = 500 * kMicro;
constexpr std::uint64_t kLooks = 25;    // of the helper, by the time a young run has grown e times as old
constexpr std::uint64_t kBudget = 100;  // one part of the time in so many
constexpr std::uint64_t kFirstTick = 30 * kMicro,
                        kWorstTick = 100 * kMicro;  // before any was measured; the cap
constexpr std::uint64_t kFirstVisit = 30 * kMicro;  // of the helper, before any was measured
// A signal that takes longer, or was sent from the processor the thread is on, met a thread that had just
// lost its processor. That is no random place: a thread that asks for its own processor time, for one, loses
// it there.
constexpr std::uint64_t kLate = 250 * kMicro;

// The handler has no other way to find its sampler; the timer's value would not reach signals of the helper.
std::atomic<Sampler*> active_sampler{nullptr};

void count(std::atomic<std::uint64_t>& to, std::uint64_t by = 1) {
  to.fetch_add(by, std::memory_order_relaxed);
}

// Timers, helper and file offsets do not survive into a forked child.
void after_fork() { active_sampler.store(nullptr, std::memory_order_release); }

}  // namespace

std::uint64_t Sampler::cpu_ns() const {
  const std::uint64_t now = paused() ? pause_began_cpu_ns_.load() : clock_ns(threads_[0].clock);
  return now - threads_[0].cpu_started_ns - paused_cpu_ns_.load();
}

std::uint64_t Sampler::paused_ns() const {
  return paused_ns_.load() + (paused() ? monotonic_ns() - pause_began_ns_.load() : 0);
}

void Sampler::pause() {
  if (paused()) return;
  pause_began_ns_ = monotonic_ns();
  pause_began_cpu_ns_ = running() ? clock_ns(threads_[0].clock) : 0;
  paused_.store(true, std::memory_order_release);
}

void Sampler::resume() {
  if (!paused()) return;
  paused_ns_ += monotonic_ns() - pause_began_ns_.load();
  while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
  if (running()) {
    paused_cpu_ns_ += clock_ns(threads_[0].clock) - pause_began_cpu_ns_.load();
    for (SampledThread& thread : threads_)
      if (thread.live.load()) thread.sampled_cpu_ns = clock_ns(thread.clock);
  }
  was_paused_ = true;
  paused_.store(false, std::memory_order_release);
  busy_.clear(std::memory_order_release);
}

capture::Sampler Sampler::totals() const {
  const auto get = [](const std::atomic<std::uint64_t>& v) { return v.load(std::memory_order_relaxed); };
  return {get(totals_.ticks),  get(totals_.off_gil),   get(totals_.outside), get(totals_.waits),
          get(totals_.faults), get(totals_.truncated), get(totals_.lost),    get(totals_.cost_ns)};
}

bool Sampler::start(std::string* why) {
  static const bool registered = pthread_atfork(nullptr, nullptr, after_fork) == 0;
  Sampler* none = nullptr;
  if (!registered || !active_sampler.compare_exchange_strong(none, this)) {
    *why = "another profile is being taken in this process";
    return false;
  }
  const auto fail = [&](const char* text) {
    *why = std::string(text) + ": " + strerror(errno);
    stop();
    active_sampler.store(nullptr);
    return false;
  };
  cpu_set_t set;
  processors_ = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  random_.seed(static_cast<std::uint32_t>(monotonic_ns()));
  tick_ns_.store(kFirstTick);
  visit_ns_ = kFirstVisit;
  helper_cpu_ns_ = 0;
  FaultGuard::state().armed = 0;

  sigaction(kSignal, nullptr, &old_action_);
  if (old_action_.sa_handler != SIG_DFL && old_action_.sa_handler != SIG_IGN) {
    errno = EBUSY;
    return fail("the profiling signal is in use");
  }
  if (!guard_.install()) return fail("cannot guard against faults");
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGSEGV);
  sigdelset(&action.sa_mask, SIGBUS);
  if (sigaction(kSignal, &action, nullptr) != 0) return fail("cannot handle the profiling signal");

  PyThreadState* const mine = PyThreadState_Get();
  interpreter_ = mine->interp;
  active_.store(true, std::memory_order_release);
  if (main_ == nullptr || main_ == mine)
    open_thread(mine, pthread_self(), static_cast<pid_t>(syscall(SYS_gettid)));
  else
    open_thread(main_, static_cast<pthread_t>(main_->thread_id), static_cast<pid_t>(main_->native_thread_id));
  if (!threads_[0].live.load()) return fail("cannot set a timer");
  threads_[0].watch_closely(kSignal);
  started_ns_ = threads_[0].started_ns;
  return true;
}

void Sampler::stop() {
  if (active_.load()) {
    threads();  // the last look at their clocks
    for (SampledThread& thread : threads_) thread.close();
    active_.store(false);
    // A signal already on its way arrives now, not after the handler is gone.
    syscall(SYS_getpid);
    while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();  // a handler in another thread
    busy_.clear();
    name_foreign();
    Sampler* self = this;
    active_sampler.compare_exchange_strong(self, nullptr);
    // Other threads may have one pending: it must not meet the default action, which ends the process.
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    if (rows_.size() > 1) sigaction(kSignal, &ignore, nullptr);
    sigaction(kSignal, &old_action_, nullptr);
  }
  guard_.remove();
}

void Sampler::on_signal(int, siginfo_t* info, void*) {
  const int saved = errno;
  Sampler* self = active_sampler.load(std::memory_order_acquire);
  if (self != nullptr && self->running() && !self->paused()) {
    const std::uint64_t sent = info->si_code == SI_TKILL ? self->sent_ns_.exchange(0) : 0;
    const std::uint64_t cost = sent != 0 ? monotonic_ns() - sent : 0;
    const bool stood = sent != 0 && (cost > kLate || self->sent_from_.load() == sched_getcpu());
    if (stood && self->processors_ > 1) {  // the weight goes to the next sample
      errno = saved;
      return;
    }
    const pthread_t me = pthread_self();
    const std::size_t used = self->threads_used_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i) {
      SampledThread& thread = self->threads_[i];
      if (!thread.live.load(std::memory_order_acquire) || !pthread_equal(thread.pthread, me)) continue;
      // A thread that does not hold the lock may have ended for Python: its state may be gone.
      if (_PyThreadState_UncheckedGet() == thread.state || i == 0) self->sample(thread);
      break;
    }
    if (sent != 0) {
      // From sending to here is what the thread lost, and how long it had to wait for the signal: that is no
      // cost, and on a busy machine most of it. So what counts is what the quick ones take.
      const std::uint64_t so_far = self->tick_ns_.load(std::memory_order_relaxed),
                          took = monotonic_ns() - sent;
      self->tick_ns_.store(
          took < so_far ? (3 * so_far + took) / 4 : std::min(so_far + so_far / 32, kWorstTick),
          std::memory_order_relaxed);
    }
  }
  errno = saved;
}

void Sampler::walk(const SampledThread& thread, Stack& into) {
  std::size_t n = 0, keep = 0;   // keep: up to and with the outermost ML place
  std::uint32_t within = kNone;  // function whose comprehension was the last place
  into.depth = 0;
  into.outside = false;
  into.truncated = false;
  into.torn = false;
  into.bottom = nullptr;
  const auto push = [&](std::uint32_t function, std::uint32_t line) { into.places[n++] = {function, line}; };

  const Frame* frame = current_frame(thread.state);
  for (std::size_t seen = 0; frame != nullptr; frame = frame->previous, ++seen) {
    if (n + 2 >= kDepth || seen > 4 * kDepth) {
      into.truncated = true;
      into.bottom = nullptr;
      break;
    }
    into.bottom = frame;
    const void* code = code_of(frame);
    if (code == nullptr) continue;
    const CodeEntry* entry = codes_.find(code);
    if (entry == nullptr) {
      into.codes[n] = code;
      push(Foreign::kFlag, 0);
      within = kNone;
      continue;
    }
    if (!entry->holds(instruction_of(frame))) into.torn = true;
    if (entry->role == Role::transparent) continue;
    if (entry->role == Role::import) {
      n = keep;
      into.codes[n] = nullptr;
      push(foreign_codes_->import(first_argument(frame)), 0);
      within = kNone;
      continue;
    }
    if (seen == 0) {
      const Frame* above = frame_above(thread.state, frame, entry->frame_words);
      const CodeEntry* starting = above == nullptr ? nullptr : codes_.find(code_of(above));
      if (starting != nullptr && starting->role == Role::ordinary) {
        push(starting->function, starting->line_at(instruction_of(above)));
        if (starting->ml) keep = n;
        within = starting->inner ? starting->function : kNone;
      }
    }
    if (within != entry->function || entry->inner) {
      push(entry->function, entry->line_at(instruction_of(frame)));
      if (entry->ml) keep = n;
    }
    within = entry->inner ? entry->function : kNone;
  }
  if (keep == 0) {
    // Threads of a library belong to it; the main thread is being set up or taken down.
    const bool main = thread.row == 0;
    into.outside = main;
    into.places[0] = {main ? Registry::kOutside : Registry::kLibrary, 0};
    keep = 1;
  }
  for (std::size_t i = 0; i < keep; ++i)
    if (into.places[i].function == Foreign::kFlag && into.codes[i] != nullptr)
      into.places[i].function = foreign_codes_->code(into.codes[i]);
  into.depth = keep;
}

void Sampler::keep_moment(const SampledThread& thread, std::uint64_t dur_ns) {
  const std::uint64_t since = monotonic_ns() - started_ns_;
  const std::uint64_t now = since - std::min(since, paused_ns());
  moments_.add({now - std::min(now, dur_ns), dur_ns, tree_.last(), static_cast<std::uint32_t>(thread.row)});
}

void Sampler::take_moments(std::vector<capture::Moment>& to) {
  to.reserve(to.size() + Moments::kRoom);  // not under the lock
  while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
  moments_.take(to);
  busy_.clear(std::memory_order_release);
}

bool Sampler::add(SampledThread& thread, std::uint64_t cpu_ns, std::uint64_t wait_ns) {
  const std::uint64_t first = thread.sampled_node == kNone ? 0 : cpu_ns / 2;
  if (!tree_.add({stack_.places.data(), stack_.depth}, cpu_ns - first, wait_ns)) return false;
  if (first != 0) tree_.charge(thread.sampled_node, first);
  if (cpu_ns != 0) thread.sampled_node = tree_.last();
  return true;
}

void Sampler::sample(SampledThread& thread) {
  const std::uint64_t began = monotonic_ns();
  if (busy_.test_and_set(std::memory_order_acquire)) return;  // the weight goes to the next sample
  if (FaultGuard::guarded([&] { walk(thread, stack_); })) {
    const std::uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    const std::uint64_t weight = cpu - thread.sampled_cpu_ns;
    thread.sampled_cpu_ns = cpu;
    thread.bottom = stack_.bottom;
    count(totals_.ticks);
    if (stack_.outside) count(totals_.outside);
    if (stack_.truncated) count(totals_.truncated);
    if (_PyThreadState_UncheckedGet() != thread.state) count(totals_.off_gil);
    if (add(thread, weight, 0))
      keep_moment(thread, weight);
    else
      count(totals_.lost);
  } else {
    count(totals_.faults);
  }
  busy_.clear(std::memory_order_release);
  const std::uint64_t age = began - thread.started_ns;
  const std::uint64_t ticks = totals_.ticks.load(std::memory_order_relaxed);
  const bool read_often = age > kFirstLook && ticks >= std::min(age / kOften, kSure);
  thread.keep_watching(age <= kGrown && !(age > kYoung && ticks >= kSure) && !read_often);
  count(totals_.cost_ns, monotonic_ns() - began);
}

// Reads the stack of `thread` from outside it: exact if it stands still; of a running thread the innermost
// function is one of those that ran within a few hundred nanoseconds.
void Sampler::read(SampledThread& thread, std::uint64_t wait_ns) {
  while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
  const std::uint64_t before = clock_ns(thread.clock);
  bool good = false;
  for (int attempt = 0; attempt < 4 && !good; ++attempt) {
    const Frame* volatile leaf = nullptr;
    const bool whole = FaultGuard::guarded([&] {
      leaf = current_frame(thread.state);
      walk(thread, stack_);
      const bool moved = current_frame(thread.state) != leaf || stack_.truncated;
      if (attempt < 3 && wait_ns == 0 && moved) stack_.torn = true;
      // Between one call and the next of the same function the innermost frame leads nowhere, or in a circle.
      if (wait_ns == 0 && thread.bottom != nullptr && stack_.bottom != thread.bottom) stack_.torn = true;
    });
    if (!whole) count(totals_.faults);
    good = whole && !stack_.torn;
  }
  const std::uint64_t cpu = clock_ns(thread.clock);
  // Read while it waited, it must not have run meanwhile.
  if (good && cpu != 0 && (wait_ns == 0 || cpu == before)) {
    std::uint64_t weight = 0;
    if (wait_ns == 0) {
      weight = cpu - thread.sampled_cpu_ns;
      thread.sampled_cpu_ns = cpu;
    }
    count(wait_ns == 0 ? totals_.ticks : totals_.waits);
    if (stack_.outside && wait_ns == 0) count(totals_.outside);
    if (stack_.truncated) count(totals_.truncated);
    if (add(thread, weight, wait_ns))
      keep_moment(thread, weight + wait_ns);
    else
      count(totals_.lost);
  }
  busy_.clear(std::memory_order_release);
}

std::uint32_t Sampler::foreign_code(const void* code) {
  while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
  const std::uint32_t place = foreign_codes_->code(code);
  busy_.clear(std::memory_order_release);
  return place;
}

std::uint32_t Sampler::foreign_import(const void* name) {
  while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
  const std::uint32_t place = foreign_codes_->import(name);
  busy_.clear(std::memory_order_release);
  return place;
}

void Sampler::visit(SampledThread& thread, std::uint64_t now, bool dense) {
  const std::uint64_t cpu = clock_ns(thread.clock);
  if (cpu == 0) return;  // it has ended
  const std::uint64_t since = now - thread.visited_ns, ran = std::min(cpu - thread.visited_cpu_ns, since);
  thread.visited_ns = now;
  thread.visited_cpu_ns = cpu;
  account(thread, now, cpu);
  if (ran < since - since / 8 && thread.blocked()) return read(thread, since);
  volatile bool locked = false;
  FaultGuard::guarded([&] { locked = holds_lock(thread.state); });
  if (dense || !locked) return read(thread, 0);
  sent_from_.store(sched_getcpu());
  sent_ns_.store(monotonic_ns());
  syscall(SYS_tgkill, getpid(), thread.tid, kSignal);
}

std::uint64_t Sampler::visit_cost() {
  const std::uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const std::uint64_t took = cpu - std::exchange(helper_cpu_ns_, cpu);
  // What the helper does now and then is no cost of visits.
  if (took != cpu) visit_ns_ = (7 * visit_ns_ + std::min(took, 2 * visit_ns_)) / 8;
  return visit_ns_;
}

std::uint64_t Sampler::visit() {
  std::uint64_t now = monotonic_ns();
  if (!running()) return 10 * kMilli;
  if (paused()) return 5 * kMilli;
  if (was_paused_.exchange(false)) {
    for (SampledThread& thread : threads_) {
      if (!thread.live.load(std::memory_order_relaxed)) continue;
      thread.visited_ns = now;
      thread.visited_cpu_ns = clock_ns(thread.clock);
    }
  }
  if (changed_threads()) find_threads();
  const std::uint64_t age = now - started_ns_;
  for (std::size_t i = 0; i < threads_used_.load(std::memory_order_relaxed); ++i)
    if (threads_[i].live.load(std::memory_order_relaxed)) visit(threads_[i], monotonic_ns(), age < kDense);
  name_foreign();
  const std::uint64_t cost = tick_ns_.load(std::memory_order_relaxed) + visit_cost();
  std::uint64_t mean = std::clamp(cost * kBudget, 2 * kMilli, 10 * kMilli);
  if (age > 20'000 * kMilli) mean = 10 * kMilli;
  // Reading from another processor costs the thread nothing; on one, each look costs two switches of context.
  if (age < kDense) mean = std::max(age / kLooks, processors_ > 1 ? 200 * kMicro : kMilli);
  if (interval_ns_ != 0) mean = interval_ns_;
  return mean / 2 + random_() % mean;
}

}  // namespace ml::native::profiler
