#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace ml::native::profiler {

std::uint64_t monotonic_ns();
std::uint64_t clock_ns(clockid_t clock);  // 0 if the clock's thread is gone

// One Python thread while it is profiled. The helper thread opens and closes it; its own signal handler reads
// it.
struct SampledThread {
  // Begins with the thread of `state`, whose id in the system is `tid`. `signal` is raised in it by its CPU
  // clock on every kernel tick it runs in (asked for 1 ms, CPU clocks are only looked at there: no cost of
  // its own). False, with errno set, if the system refuses.
  bool open(PyThreadState* state, pthread_t pthread, pid_t tid, int signal);
  // Also raises it every millisecond of wall time: at once, whoever else wants the processors. A tick of such
  // a timer costs the thread 25 to 50 us on a virtual machine.
  void watch_closely(int signal);
  // Stops that, or begins it again. From its own signal handler too; nothing without the above.
  void keep_watching(bool on);
  void close();
  // Whether it waits for something, as opposed to running or waiting for a processor.
  bool blocked() const;

  std::atomic<bool> live{false};
  PyThreadState* state = nullptr;
  std::uint64_t python_id = 0;
  pthread_t pthread = {};
  pid_t tid = 0;
  clockid_t clock = 0;
  std::uint32_t row = 0;  // its number in the capture
  std::uint64_t started_ns = 0, cpu_started_ns = 0;
  std::uint64_t sampled_cpu_ns = 0;                  // its clock at the last sample; the sampler's lock
  std::uint32_t sampled_node = UINT32_MAX;           // of the tree, where that went; UINT32_MAX: none yet
  const void* bottom = nullptr;                      // its outermost frame then, as it saw it itself
  std::uint64_t visited_ns = 0, visited_cpu_ns = 0;  // at the helper's last visit; the helper's

 private:
  timer_t timer_ = {}, close_timer_ = {};
  bool timer_made_ = false, close_timer_made_ = false;
  std::atomic<bool> closely_{false};
  int stat_ = -1;  // /proc/self/task/TID/stat
};

}  // namespace ml::native::profiler
