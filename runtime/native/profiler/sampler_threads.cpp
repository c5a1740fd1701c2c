#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include <signal.h>

#include <algorithm>
#include <span>

#include "runtime/native/profiler/sampler.h"

namespace ml::native::profiler {
namespace {

constexpr std::size_t kRows = 4096;  // threads with a row of their own; later ones are in the last

}  // namespace

void Sampler::open_thread(PyThreadState* state, pthread_t pthread, pid_t tid) {
  std::size_t i = 0;
  const std::size_t used = threads_used_.load(std::memory_order_relaxed);
  while (i < used && threads_[i].live.load(std::memory_order_relaxed)) ++i;
  if (i == kThreads) return;
  threads_[i].row = static_cast<std::uint32_t>(std::min(rows_.size(), kRows - 1));
  if (!threads_[i].open(state, pthread, tid, SIGPROF)) return;
  if (rows_.size() < kRows)
    rows_.push_back({0, 0, rows_.empty() ? "main" : "thread " + std::to_string(rows_.size())});
  if (i == used) threads_used_.store(used + 1, std::memory_order_release);
}

// The interpreter's list is read without its lock: under a guard, and again at the next visit if it moves
// meanwhile.
bool Sampler::changed_threads() {
  if (unsettled_) return true;
  volatile bool same = true;
  volatile std::size_t n = 0;
  FaultGuard::guarded([&] {
    for (PyThreadState* t = PyInterpreterState_ThreadHead(interpreter_); t != nullptr && same; t = t->next) {
      same = n < known_size_ && known_[n] == Known{t, t->id};
      n = n + 1;
    }
  });
  return !same || n != known_size_;
}

void Sampler::find_threads() {
  struct Seen {
    PyThreadState* state;
    std::uint64_t id;
    pthread_t pthread;
    pid_t tid;
  };
  static_assert(sizeof(Seen) * 2 * kThreads < 16384);
  std::array<Seen, 2 * kThreads> seen;
  volatile std::size_t n = 0;
  unsettled_ = !FaultGuard::guarded([&] {
    for (PyThreadState* t = PyInterpreterState_ThreadHead(interpreter_); t != nullptr && n < seen.size();
         t = t->next) {
      seen[n] = {t, t->id, static_cast<pthread_t>(t->thread_id), static_cast<pid_t>(t->native_thread_id)};
      n = n + 1;
    }
  });
  const std::span<const Seen> list(seen.data(), n);
  // Thread 0 stays for as long as the sampler runs.
  for (std::size_t i = 1; i < threads_used_.load(std::memory_order_relaxed); ++i) {
    SampledThread& thread = threads_[i];
    if (!thread.live.load(std::memory_order_relaxed)) continue;
    const bool listed = std::any_of(list.begin(), list.end(), [&](const Seen& s) {
      return s.state == thread.state && s.id == thread.python_id;
    });
    if (!listed) {
      account(thread, monotonic_ns(), clock_ns(thread.clock));
      thread.close();
    }
  }
  known_size_ = 0;
  for (const Seen& s : list) {
    known_[known_size_++] = {s.state, s.id};
    const pthread_t left_out = left_out_.load(std::memory_order_relaxed);
    if (left_out != pthread_t{} && pthread_equal(s.pthread, left_out)) continue;
    bool sampled = false, taken = s.tid == 0;
    for (std::size_t i = 0; i < threads_used_.load(std::memory_order_relaxed); ++i) {
      const SampledThread& thread = threads_[i];
      if (!thread.live.load(std::memory_order_relaxed)) continue;
      sampled = sampled || (thread.state == s.state && thread.python_id == s.id);
      taken = taken || thread.tid == s.tid;
    }
    if (sampled) continue;
    // Until a new thread runs, its state carries the number of the thread that made it.
    if (taken) {
      unsettled_ = true;
    } else {
      open_thread(s.state, s.pthread, s.tid);
    }
  }
}

void Sampler::account(const SampledThread& thread, std::uint64_t now, std::uint64_t cpu) {
  capture::Thread& row = rows_[thread.row];
  if (thread.row == kRows - 1) return;  // shared
  const std::uint64_t passed = now - thread.started_ns;
  row.wall_ns = passed - std::min(passed, paused_ns());
  if (cpu > thread.cpu_started_ns) row.cpu_ns = cpu - thread.cpu_started_ns;
}

const std::vector<capture::Thread>& Sampler::threads() {
  const std::uint64_t now = monotonic_ns();
  if (running())
    for (std::size_t i = 0; i < threads_used_.load(std::memory_order_relaxed); ++i)
      if (threads_[i].live.load(std::memory_order_relaxed))
        account(threads_[i], now, clock_ns(threads_[i].clock));
  return rows_;
}

}  // namespace ml::native::profiler
