#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>

#include "profiler/format/capture.h"
#include "runtime/native/profiler/fault_guard.h"
#include "runtime/native/profiler/registry.h"
#include "runtime/native/profiler/tree.h"

namespace ml::native::profiler {

std::uint64_t monotonic_ns();

// Samples the stack of one thread, the one that calls start(). Two estimators that add up to its wall time:
//  - running: a signal in the thread itself, raised by its CPU clock on every kernel tick and, early in a
//  run, by a
//    helper thread at a high rate; weighed with the CPU time since the last one;
//  - blocked: the helper thread finds it off the processor at jittered moments and reads its stack from
//  outside;
//    weighed with the wall time since its last visit.
// The caller provides the helper thread and calls visit() from it. At most one sampler is active in a
// process.
class Sampler {
 public:
  Sampler(const CodeIndex& codes, Tree& tree) : codes_(codes), tree_(tree) {}
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Begins with the calling thread; needs the interpreter lock. False if the signal is taken or timers are
  // refused; `why` says it.
  bool start(std::string* why);

  // Ends it. After this no signal handler runs in or for this sampler. No visit() may be going on.
  void stop();

  // From the helper thread: samples or signals as the state of the profiled thread demands. Returns how long
  // to sleep before the next visit, in ns, jittered.
  std::uint64_t visit();

  bool running() const { return active_.load(std::memory_order_acquire); }
  capture::Sampler totals() const;
  std::uint64_t wall_ns() const { return monotonic_ns() - started_ns_; }
  std::uint64_t cpu_ns() const;  // CPU time of the profiled thread since start

 private:
  static constexpr std::size_t kDepth = 4096;

  struct Stack {
    std::array<Place, kDepth> places;
    volatile std::size_t depth = 0;
    volatile bool outside = false, truncated = false;
  };

  static void on_signal(int, siginfo_t* info, void*);
  void sample();                 // in the profiled thread, in the handler
  void walk(Stack& into) const;  // under a guard
  bool blocked() const;

  const CodeIndex& codes_;
  Tree& tree_;
  FaultGuard guard_;
  PyThreadState* thread_ = nullptr;
  pthread_t pthread_ = {};
  pid_t tid_ = 0;
  clockid_t cpu_clock_ = 0;
  timer_t timer_ = {};
  bool timer_made_ = false;
  struct sigaction old_action_ = {};
  int stat_ = -1;  // /proc/self/task/TID/stat
  int processors_ = 1;

  std::atomic<bool> active_{false};
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;  // guards tree_
  std::uint64_t started_ns_ = 0, cpu_started_ns_ = 0;
  std::uint64_t last_cpu_ns_ = 0;    // of the handler
  std::uint64_t last_visit_ns_ = 0;  // of the helper
  Stack own_, foreign_;
  std::minstd_rand random_;

  struct Totals {
    std::atomic<std::uint64_t> ticks{0}, off_gil{0}, outside{0}, waits{0}, faults{0}, truncated{0}, lost{0},
        cost_ns{0};
  } totals_;
};

}  // namespace ml::native::profiler
