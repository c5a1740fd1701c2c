#pragma once

#include <chrono>
#include <cstdint>

namespace ml::sema {

// Adds the time of its life to `*sum`, in nanoseconds; does nothing where there is none.
class Stopwatch {
 public:
  explicit Stopwatch(std::uint64_t* sum) : sum_(sum) {
    if (sum_ != nullptr) start_ = Clock::now();
  }
  ~Stopwatch() {
    if (sum_ == nullptr) return;
    const std::chrono::nanoseconds time = Clock::now() - start_;
    *sum_ += static_cast<std::uint64_t>(time.count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t* sum_;
  Clock::time_point start_;
};

}  // namespace ml::sema
