#include "runtime/native/profiler/sampled_thread.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace ml::native::profiler {

std::uint64_t clock_ns(clockid_t clock) {
  timespec t = {};
  if (clock_gettime(clock, &t) != 0) return 0;
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

std::uint64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

bool SampledThread::open(PyThreadState* of, pthread_t self, pid_t id, int signal) {
  state = of;
  python_id = of->id;
  pthread = self;
  tid = id;
  // The clock of a thread by its number: pthread_getcpuclockid() would read a thread that may be gone.
  clock = static_cast<clockid_t>(~static_cast<unsigned>(id) << 3 | 6u);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(id));
  stat_ = ::open(path, O_RDONLY | O_CLOEXEC);
  started_ns = visited_ns = monotonic_ns();
  cpu_started_ns = sampled_cpu_ns = visited_cpu_ns = clock_ns(clock);
  sampled_node = UINT32_MAX;
  bottom = nullptr;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = id;
  if (stat_ < 0 || timer_create(clock, &event, &timer_) != 0) {
    close();
    return false;
  }
  timer_made_ = true;
  itimerspec each = {};
  each.it_value.tv_nsec = each.it_interval.tv_nsec = 1'000'000;
  live.store(true, std::memory_order_release);
  if (timer_settime(timer_, 0, &each, nullptr) != 0) {
    close();
    return false;
  }
  return true;
}

void SampledThread::watch_closely(int signal) {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = tid;
  if (timer_create(CLOCK_MONOTONIC, &event, &close_timer_) != 0) return;  // the other timer goes on
  close_timer_made_ = true;
  keep_watching(true);
}

void SampledThread::keep_watching(bool on) {
  if (!close_timer_made_ || closely_.exchange(on) == on) return;
  itimerspec each = {};
  if (on) {
    each.it_value.tv_nsec = 300'000;
    each.it_interval.tv_nsec = 970'000;
  }
  timer_settime(close_timer_, 0, &each, nullptr);
}

void SampledThread::close() {
  live.store(false, std::memory_order_release);
  keep_watching(false);
  if (close_timer_made_) timer_delete(close_timer_);
  close_timer_made_ = false;
  if (timer_made_) timer_delete(timer_);
  timer_made_ = false;
  if (stat_ >= 0) ::close(stat_);
  stat_ = -1;
}

bool SampledThread::blocked() const {
  char text[256];
  const ssize_t n = stat_ < 0 ? 0 : pread(stat_, text, sizeof text - 1, 0);
  if (n <= 0) return false;
  text[n] = '\0';
  const char* close_paren = strrchr(text, ')');
  return close_paren != nullptr && (close_paren[2] == 'S' || close_paren[2] == 'D');
}

}  // namespace ml::native::profiler
