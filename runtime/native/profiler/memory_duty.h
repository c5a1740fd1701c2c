#pragma once

#include <algorithm>
#include <cstdint>

namespace ml::native::profiler {

// When small blocks are watched: always while their memory changes, a tenth of the time while it does not. A
// program that makes and drops numbers pays for every allocation that is watched, and there is nothing to be
// seen; what fills memory is seen from its beginning, since it wakes the watch (memory_watch.h says how).
// Times are the program's processor time in ns. Not thread-safe.
class Duty {
 public:
  // Watched for so long after every change; longer if changes keep following each other.
  static constexpr std::uint64_t kSettle = 25'000'000, kSettleMost = 2'000'000'000;
  // What lives for so long after a window is taken to last.
  static constexpr std::uint64_t kLast = 30'000'000;
  // At rest, one of so many turns of the helper thread is watched, on average: one in so many after a pause.
  static constexpr std::uint32_t kPart = 10, kLeast = 5;
  // A fall of the small blocks' bytes by this part of the peak, and by so many samples, is a change.
  static constexpr std::uint64_t kFall = 32, kFallSamples = 4;

  explicit Duty(std::uint64_t now, std::uint64_t seed) : changed_(now), random_(seed | 1) {}

  bool resting() const { return resting_; }
  bool watching() const { return !resting_ || window_; }
  // For how many allocations one stands that is made now: at rest most are made between the windows.
  std::uint32_t stands_for() const { return resting_ ? kPart : 1; }

  // Memory changed. From now on it is watched.
  void changed(std::uint64_t now) {
    if (resting_) {
      settle_ = now - rested_ < settle_ ? std::min(2 * settle_, kSettleMost) : kSettle;
      woke_ = now;
    }
    changed_ = now;
    resting_ = window_ = false;
  }

  // Whether to come to rest: nothing has changed for long enough.
  bool settled(std::uint64_t now) const { return !resting_ && now - changed_ >= settle_; }

  // It cannot come to rest yet.
  void postpone(std::uint64_t now) {
    settle_ = std::min(2 * settle_, kSettleMost);
    changed_ = now;
  }

  // Whether what was made in the last window and still lives has lasted.
  bool lasted(std::uint64_t now) const { return !resting_ && now - woke_ > kLast; }

  // Rest begins with so many bytes in small blocks, as far as known from samples of `period` bytes.
  void rest(std::uint64_t now, std::uint64_t small, std::uint64_t peak, std::uint64_t period) {
    resting_ = true;
    window_ = false;
    rested_ = now;
    const std::uint64_t fall = std::max(peak / kFall, kFallSamples * period);
    least_ = small > fall ? small - fall : 0;
    to_window_ = pause();
  }

  // Whether the small blocks became so few that others may come in their place unseen: a change.
  bool fell(std::uint64_t small) const { return resting_ && small < least_; }

  // A turn of the helper thread, at random distances. True: a window opens or closes.
  bool turn() {
    if (!resting_ || (!window_ && --to_window_ > 0)) return false;
    window_ = !window_;
    to_window_ = pause();
    return true;
  }

 private:
  std::uint32_t pause() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    constexpr std::uint32_t most = 2 * (kPart - 1) - kLeast;
    return kLeast + static_cast<std::uint32_t>(random_ % (most - kLeast + 1));
  }

  std::uint64_t changed_, settle_ = kSettle, rested_ = 0, woke_ = 0, least_ = 0, random_;
  bool resting_ = false, window_ = false;
  std::uint32_t to_window_ = 0;
};

}  // namespace ml::native::profiler
