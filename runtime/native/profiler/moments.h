#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "profiler/format/capture.h"

namespace ml::native::profiler {

// Samples in the order they were taken, for a timeline: a buffer of fixed size that a signal handler fills
// and the helper thread empties, both under the sampler's lock. What does not fit is left out.
class Moments {
 public:
  static constexpr std::size_t kRoom = 1u << 14;  // more than a second's

  // Before the first sample.
  void enable() { rows_.reset(new (std::nothrow) ml::profiler::capture::Moment[kRoom]); }

  void add(const ml::profiler::capture::Moment& moment) {
    if (rows_ != nullptr && size_ < kRoom) rows_[size_++] = moment;
  }
  std::size_t size() const { return size_; }
  // Appends to `to`, which has room for them.
  void take(std::vector<ml::profiler::capture::Moment>& to) {
    to.insert(to.end(), rows_.get(), rows_.get() + size_);
    size_ = 0;
  }

 private:
  std::unique_ptr<ml::profiler::capture::Moment[]> rows_;
  std::size_t size_ = 0;
};

}  // namespace ml::native::profiler
