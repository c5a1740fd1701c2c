#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ml::wire {

// Threads that run tasks in the order they came. Of threads that wait the one that has worked last takes the
// next task: its memory is there and in the caches. They are started when there is work for them. Zero
// threads: `post` runs the task at once (tests). The destructor drops tasks that have not begun and waits for
// the others.
class Pool {
 public:
  explicit Pool(unsigned threads) : most_(threads) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void post(std::function<void()> task);  // any thread; the task must not throw

 private:
  struct Waiting {
    std::condition_variable called;
    bool awake = false;
  };
  void work();
  const unsigned most_;
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
  std::vector<Waiting*> waiting_;  // the last one first
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

// One thread's list of things to do, now or later: the state thread of a server. Tasks run one at a time,
// those posted for now in the order they came.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;
  void post(std::function<void()> task);                            // any thread
  void post_at(Clock::time_point due, std::function<void()> task);  // any thread
  void run();                                                       // until `stop`
  void stop();                                                      // any thread; tasks that wait are dropped

 private:
  struct Timer {
    Clock::time_point due;
    std::uint64_t number;
    std::function<void()> task;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::vector<Timer> timers_;  // a heap, the next one first
  std::uint64_t timer_count_ = 0;
  bool stopped_ = false;
};

}  // namespace ml::wire
