#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace ml::native::profiler {
namespace {

constexpr int kSignal = SIGPROF;
constexpr std::uint64_t kMicro = 1'000, kMilli = 1'000'000;

// The handler has no other way to find its sampler; the timer's value would not reach signals of the helper.
std::atomic<Sampler*> active_sampler{nullptr};

std::uint64_t clock_ns(clockid_t clock) {
  timespec t = {};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

void count(std::atomic<std::uint64_t>& to, std::uint64_t by = 1) {
  to.fetch_add(by, std::memory_order_relaxed);
}

// Timers, helper and file offsets do not survive into a forked child.
void after_fork() { active_sampler.store(nullptr, std::memory_order_release); }

}  // namespace

std::uint64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

std::uint64_t Sampler::cpu_ns() const { return clock_ns(cpu_clock_) - cpu_started_ns_; }

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
  thread_ = PyThreadState_Get();
  pthread_ = pthread_self();
  tid_ = static_cast<pid_t>(syscall(SYS_gettid));
  pthread_getcpuclockid(pthread_, &cpu_clock_);
  cpu_set_t set;
  processors_ = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(tid_));
  stat_ = open(path, O_RDONLY | O_CLOEXEC);
  random_.seed(static_cast<std::uint32_t>(monotonic_ns()));
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

  started_ns_ = last_visit_ns_ = monotonic_ns();
  cpu_started_ns_ = last_cpu_ns_ = clock_ns(cpu_clock_);
  active_.store(true, std::memory_order_release);

  // Asked for 1 ms: CPU clocks are only looked at on the kernel's tick, so it fires at 100 to 1000 Hz, at no
  // cost of its own.
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event.sigev_notify_thread_id = tid_;
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) return fail("cannot create a timer");
  timer_made_ = true;
  itimerspec each = {};
  each.it_value.tv_nsec = each.it_interval.tv_nsec = static_cast<long>(kMilli);
  if (timer_settime(timer_, 0, &each, nullptr) != 0) return fail("cannot set a timer");
  return true;
}

void Sampler::stop() {
  if (timer_made_) timer_delete(timer_);
  timer_made_ = false;
  if (active_.exchange(false)) {
    // A signal already on its way arrives now, not after the handler is gone.
    syscall(SYS_getpid);
    Sampler* self = this;
    active_sampler.compare_exchange_strong(self, nullptr);
    sigaction(kSignal, &old_action_, nullptr);
  }
  guard_.remove();
  if (stat_ >= 0) close(stat_);
  stat_ = -1;
}

void Sampler::on_signal(int, siginfo_t*, void*) {
  const int saved = errno;
  Sampler* self = active_sampler.load(std::memory_order_acquire);
  if (self != nullptr && pthread_equal(pthread_self(), self->pthread_) && self->running()) self->sample();
  errno = saved;
}

void Sampler::walk(Stack& into) const {
  std::size_t n = 0, keep = 0;  // keep: up to and with the outermost ML place
  bool library = false;
  std::uint32_t within = kNone;  // function whose comprehension was the last place
  into.depth = 0;
  into.outside = false;
  into.truncated = false;
  const auto push = [&](std::uint32_t function, std::uint32_t line) { into.places[n++] = {function, line}; };

  const Frame* frame = current_frame(thread_);
  for (std::size_t seen = 0; frame != nullptr; frame = frame->previous, ++seen) {
    if (n + 2 >= kDepth || seen > 4 * kDepth) {
      into.truncated = true;
      break;
    }
    const void* code = code_of(frame);
    if (code == nullptr) continue;
    const CodeEntry* entry = codes_.find(code);
    if (entry == nullptr) {
      library = true;
      continue;
    }
    if (seen == 0) {
      const Frame* above = frame_above(thread_, frame, entry->frame_words);
      const CodeEntry* starting = above == nullptr ? nullptr : codes_.find(code_of(above));
      if (starting != nullptr) {
        push(starting->function, starting->line_at(instruction_of(above)));
        if (starting->ml) keep = n;
        within = starting->inner ? starting->function : kNone;
      }
    }
    if (library) push(Registry::kLibrary, 0);
    if (library || within != entry->function || entry->inner) {
      push(entry->function, entry->line_at(instruction_of(frame)));
      if (entry->ml) keep = n;
    }
    library = false;
    within = entry->inner ? entry->function : kNone;
  }
  if (keep == 0) {
    into.places[0] = {Registry::kOutside, 0};
    keep = 1;
    into.outside = true;
  }
  into.depth = keep;
}

void Sampler::sample() {
  const std::uint64_t began = monotonic_ns();
  if (busy_.test_and_set(std::memory_order_acquire)) return;  // the weight goes to the next sample
  if (FaultGuard::guarded([this] { walk(own_); })) {
    const std::uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    const std::uint64_t weight = cpu - last_cpu_ns_;
    last_cpu_ns_ = cpu;
    count(totals_.ticks);
    if (own_.outside) count(totals_.outside);
    if (own_.truncated) count(totals_.truncated);
    if (_PyThreadState_UncheckedGet() != thread_) count(totals_.off_gil);
    if (!tree_.add({own_.places.data(), own_.depth}, weight, 0)) count(totals_.lost);
  } else {
    count(totals_.faults);
  }
  busy_.clear(std::memory_order_release);
  count(totals_.cost_ns, monotonic_ns() - began);
}

// Whether the thread waits for something, as opposed to running or waiting for a processor.
bool Sampler::blocked() const {
  char text[256];
  const ssize_t n = stat_ < 0 ? 0 : pread(stat_, text, sizeof text - 1, 0);
  if (n <= 0) return false;
  text[n] = '\0';
  const char* close_paren = strrchr(text, ')');
  return close_paren != nullptr && (close_paren[2] == 'S' || close_paren[2] == 'D');
}

std::uint64_t Sampler::visit() {
  const std::uint64_t now = monotonic_ns(), since = now - last_visit_ns_, age = now - started_ns_;
  last_visit_ns_ = now;
  if (running()) {
    const std::uint64_t before = clock_ns(cpu_clock_);
    if (!blocked()) {
      syscall(SYS_tgkill, getpid(), tid_, kSignal);
    } else {
      while (busy_.test_and_set(std::memory_order_acquire)) sched_yield();
      const bool whole = FaultGuard::guarded([this] { walk(foreign_); });
      // It did not run meanwhile, so what was read is one stack, not parts of two.
      if (whole && clock_ns(cpu_clock_) == before) {
        count(totals_.waits);
        if (!tree_.add({foreign_.places.data(), foreign_.depth}, 0, since)) count(totals_.lost);
      } else if (!whole) {
        count(totals_.faults);
      }
      busy_.clear(std::memory_order_release);
    }
  }
  // Dense while the run is young, so that short programs get enough samples (a signal from here costs 10 to
  // 16 us); then the kernel's tick carries it.
  std::uint64_t mean = 10 * kMilli;
  if (age < 1000 * kMilli) mean = 2 * kMilli;
  if (age < 100 * kMilli && processors_ > 1) mean = kMilli;
  if (age < 20 * kMilli && processors_ > 1) mean = 300 * kMicro;
  if (age < 8 * kMilli && processors_ > 1) mean = 150 * kMicro;
  return mean / 2 + random_() % mean;
}

}  // namespace ml::native::profiler
