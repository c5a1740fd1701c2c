#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "profiler/format/capture.h"
#include "runtime/native/profiler/fault_guard.h"
#include "runtime/native/profiler/foreign.h"
#include "runtime/native/profiler/moments.h"
#include "runtime/native/profiler/registry.h"
#include "runtime/native/profiler/sampled_thread.h"
#include "runtime/native/profiler/tree.h"

namespace ml::native::profiler {

// Samples the stacks of the interpreter's threads. Two estimators that add up to the wall time of each:
//  - running: a signal in the thread itself, raised by its CPU clock on every kernel tick and by the helper
//    thread as often as 1 % of the time pays for at the cost that signals and the helper's waking turn out to
//    have; while the run is young, and for threads that do not hold the interpreter lock, the helper reads
//    the stack from outside instead, which costs the thread nothing, and a timer of the main thread's own
//    makes sure of some samples where the helper gets no processor. Weighed with the CPU time between the
//    thread's samples.
//  - blocked: the helper finds it off the processor at jittered moments and reads its stack from outside;
//    weighed with the wall time since its last visit.
// The caller provides the helper thread and calls visit() from it. At most one sampler is active in a
// process.
class Sampler {
 public:
  static constexpr std::size_t kThreads = 128;  // at one time; more are not sampled

  Sampler(Registry& registry, Tree& tree) : registry_(registry), codes_(registry.index()), tree_(tree) {}
  ~Sampler() { stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // For soaks: visits every `ns` on average instead of what the budget allows. Before start.
  void set_interval(std::uint64_t ns) { interval_ns_ = ns; }

  // Also keeps when samples were taken. Before start.
  void keep_moments() { moments_.enable(); }
  // Appends those kept since the last time. Their nodes are in the tree.
  void take_moments(std::vector<capture::Moment>& to);

  // Leaves out a thread that is none of the program's, the debug agent's: no row, no samples. Before `start`,
  // or before the thread is seen; 0: none.
  void leave_out(pthread_t thread) { left_out_.store(thread, std::memory_order_relaxed); }

  // The run's main thread: it must live as long as the run. Not set: the one that calls `start`.
  void begin_with(PyThreadState* thread) { main_ = thread; }

  // Begins with the run's main thread; needs the interpreter lock. False if the signal is taken or timers are
  // refused; `why` says it.
  bool start(std::string* why);

  // Ends it, in the thread that started it. After this no signal handler runs in or for this sampler. No
  // visit() may be going on.
  void stop();

  // From the helper thread: finds threads that came or went, samples or signals each as its state demands.
  // Returns how long to sleep before the next visit, in ns, jittered.
  std::uint64_t visit();

  // While the program stands in a debugger: nothing is charged to anybody, and the clocks below stand still.
  // From the run's main thread, with the interpreter lock; also when not started.
  void pause();
  void resume();
  bool paused() const { return paused_.load(std::memory_order_acquire); }
  std::uint64_t paused_ns() const;  // in all, up to now

  // Turns what samples in the tree so far called by address into functions of the registry. From the helper
  // thread, or after it ended.
  void name_foreign() {
    if (guard_.installed()) foreign_codes_->resolve(registry_);
  }
  // The function of a node of the tree, as of the last name_foreign().
  std::uint32_t function(std::uint32_t place) const { return foreign_codes_->function(place); }

  // Places for code the registry does not know, for callers that build a tree of their own: by address, and
  // for an import by its name, a Python str. With the interpreter lock.
  std::uint32_t foreign_code(const void* code);
  std::uint32_t foreign_import(const void* name);

  bool running() const { return active_.load(std::memory_order_acquire); }
  capture::Sampler totals() const;
  std::uint64_t cpu_ns() const;  // CPU time of the main thread since start, without pauses
  // Rows of all threads so far, the main one first; as name_foreign().
  const std::vector<capture::Thread>& threads();

 private:
  static constexpr std::size_t kDepth = 4096;

  struct Stack {
    std::array<Place, kDepth> places;
    std::array<const void*, kDepth> codes;  // of places whose function is not known
    const void* volatile bottom = nullptr;  // the outermost frame; null where truncated
    volatile std::size_t depth = 0;
    volatile bool outside = false, truncated = false, torn = false;
  };

  static void on_signal(int, siginfo_t* info, void*);
  void sample(SampledThread& thread);  // in that thread, in the handler
  // Charges what stack_ holds, under the lock. The time between two samples belongs to both, half and half:
  // less scatter than giving it all to the later one where they are not evenly spaced.
  bool add(SampledThread& thread, std::uint64_t cpu_ns, std::uint64_t wait_ns);
  void walk(const SampledThread& thread, Stack& into);  // under a guard and the lock
  void find_threads();
  bool changed_threads();
  void open_thread(PyThreadState* state, pthread_t pthread, pid_t tid);
  void account(const SampledThread& thread, std::uint64_t now, std::uint64_t cpu);
  void visit(SampledThread& thread, std::uint64_t now, bool dense);
  void read(SampledThread& thread, std::uint64_t wait_ns);
  std::uint64_t visit_cost();  // of the helper's own processor time, from one visit to the next
  void keep_moment(const SampledThread& thread, std::uint64_t dur_ns);

  Registry& registry_;
  const CodeIndex& codes_;
  Tree& tree_;
  std::unique_ptr<Foreign> foreign_codes_ = std::make_unique<Foreign>();
  FaultGuard guard_;
  std::array<SampledThread, kThreads> threads_;
  std::atomic<std::size_t> threads_used_{0};  // of these; some of them may be closed
  std::vector<capture::Thread> rows_;
  PyInterpreterState* interpreter_ = nullptr;
  PyThreadState* main_ = nullptr;
  struct Known {
    PyThreadState* state;
    std::uint64_t id;
    bool operator==(const Known&) const = default;
  };
  std::array<Known, 2 * kThreads> known_;  // the interpreter's list when last looked at
  std::size_t known_size_ = 0;
  std::atomic<pthread_t> left_out_{};
  bool unsettled_ = false;  // a thread was on the list before it had a number of its own
  struct sigaction old_action_ = {};
  int processors_ = 1;

  std::atomic<bool> active_{false};
  std::atomic<bool> paused_{false}, was_paused_{false};  // was_paused_: the helper has not seen the end yet
  std::atomic<std::uint64_t> paused_ns_{0}, paused_cpu_ns_{0}, pause_began_ns_{0}, pause_began_cpu_ns_{0};
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;  // guards tree_, foreign_codes_' tables and stack_
  std::uint64_t started_ns_ = 0, interval_ns_ = 0;
  std::atomic<int> sent_from_{-1};         // processor the helper's last signal was sent from
  std::atomic<std::uint64_t> sent_ns_{0};  // when the helper's last signal was sent, until it arrived
  std::atomic<std::uint64_t> tick_ns_;     // what such a signal costs its thread, as found so far
  std::uint64_t visit_ns_ = 0, helper_cpu_ns_ = 0;  // what a visit costs the helper; its clock at the last
  Stack stack_;
  Moments moments_;
  std::minstd_rand random_;

  struct Totals {
    std::atomic<std::uint64_t> ticks{0}, off_gil{0}, outside{0}, waits{0}, faults{0}, truncated{0}, lost{0},
        cost_ns{0};
  } totals_;
};

}  // namespace ml::native::profiler
