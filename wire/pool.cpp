#include "wire/pool.h"

#include <algorithm>
#include <utility>

namespace ml::wire {

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (Waiting* one : waiting_) {
      one->awake = true;
      one->called.notify_one();
    }
  }
  for (std::thread& thread : threads_) thread.join();
}

void Pool::post(std::function<void()> task) {
  if (most_ == 0) return task();
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  tasks_.push_back(std::move(task));
  if (waiting_.empty()) {
    if (threads_.size() < most_) threads_.emplace_back([this] { work(); });
    return;
  }
  Waiting* const next = waiting_.back();
  waiting_.pop_back();
  next->awake = true;
  next->called.notify_one();
}

void Pool::work() {
  Waiting own;
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!closing_ && tasks_.empty()) {
      own.awake = false;
      waiting_.push_back(&own);
      own.called.wait(lock, [&] { return own.awake; });
    }
    if (closing_) return;
    {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
    lock.lock();
  }
}

namespace {
constexpr auto kLater = [](const auto& a, const auto& b) {
  return std::tie(a.due, a.number) > std::tie(b.due, b.number);
};
}

void Loop::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

void Loop::post_at(Clock::time_point due, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  timers_.push_back({due, timer_count_++, std::move(task)});
  std::push_heap(timers_.begin(), timers_.end(), kLater);
  changed_.notify_one();
}

void Loop::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    std::function<void()> task;
    if (!timers_.empty() && timers_.front().due <= Clock::now()) {
      std::pop_heap(timers_.begin(), timers_.end(), kLater);
      task = std::move(timers_.back().task);
      timers_.pop_back();
    } else if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    } else if (timers_.empty()) {
      changed_.wait(lock);
      continue;
    } else {
      const Clock::time_point due = timers_.front().due;  // read again after the wait: the timer may be gone
      changed_.wait_until(lock, due);
      continue;
    }
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

void Loop::stop() {
  std::deque<std::function<void()>> tasks;  // die after the lock: what they hold may post
  std::vector<Timer> timers;
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  tasks.swap(tasks_);
  timers.swap(timers_);
  changed_.notify_all();
}

}  // namespace ml::wire
