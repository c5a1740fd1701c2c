#pragma once

#include <atomic>
#include <cstdint>

namespace ml::wire {

enum class StopReason : std::uint8_t {
  None,
  Stale,      // the text has changed; the work may be done again on the new one
  Cancelled,  // the client does not want the answer
  Closing,    // the server ends
};

// Thrown by work that looks at its flag (StopFlag::check).
struct Stopped {
  StopReason reason;
};

// Set by any thread, looked at by the thread that works: at least each half millisecond of work. A stronger
// reason replaces a weaker one.
class StopFlag {
 public:
  void stop(StopReason why) {
    auto now = reason_.load(std::memory_order_relaxed);
    while (now < why && !reason_.compare_exchange_weak(now, why)) {
    }
  }
  StopReason reason() const { return reason_.load(std::memory_order_relaxed); }
  void check() const {
    if (const StopReason why = reason(); why != StopReason::None) throw Stopped{why};
  }

 private:
  std::atomic<StopReason> reason_{StopReason::None};
};

}  // namespace ml::wire
