#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace ml::native::profiler {

// How densely allocations are sampled: every one while the run is young, then one per `period` bytes on
// average, the period following what the samples cost. A block of n bytes drawn with period T stands for
// n / (1 - exp(-n / T)) bytes. Not thread-safe.
class Pace {
 public:
  static constexpr std::uint64_t kFirst = 256, kClose = 4u << 10, kLast = 128u << 10;  // bytes
  static constexpr std::uint32_t kEvery = 10'000;  // samples of the young run
  // Small blocks that are sampled take up half a kilobyte each while they live, which costs the program
  // cache: up to kEnlarged of them, more if the live bytes are many, never more than kEnlargedMost.
  static constexpr std::uint32_t kEnlarged = 1'500, kEnlargedMost = 6'000;
  static constexpr std::uint64_t kLivePerEnlarged = 4'096;
  static constexpr std::uint32_t kRound = 512;  // samples between looks at the clock
  static constexpr std::uint64_t kRoundNs = std::uint64_t{kRound} * 65'000;  // 15,000 samples a second

  Pace(std::uint64_t seed, bool always) : always_(always), random_(seed | 1) {}

  std::uint64_t period() const { return period_; }  // 0: every allocation
  std::uint64_t samples() const { return samples_; }

  // Counts a sample. `now` gives the program's processor time in ns and is asked rarely. `live`: bytes live;
  // `enlarged`: small blocks kept enlarged; `crowded`: the ledger is filling up; `resting`: most allocations
  // are not watched, so that a long time between samples says nothing.
  template <class Clock>
  void sampled(Clock now, std::uint64_t live, std::uint32_t enlarged, bool crowded, bool resting = false) {
    ++samples_;
    if (always_) return;
    const std::uint64_t allowed = std::min<std::uint64_t>(kEnlarged + live / kLivePerEnlarged, kEnlargedMost);
    if (period_ == 0) {
      if (samples_ < kEvery && enlarged < allowed && !crowded) return;
      period_ = floor_ = kFirst;
      round_ns_ = now();
      round_ = 0;
      return;
    }
    if (enlarged > allowed && samples_ > raised_ + kRound / 4) raise();
    if (++round_ < kRound) return;
    round_ = 0;
    const std::uint64_t at = now(), took = at - round_ns_;
    round_ns_ = at;
    const bool rested = std::exchange(rested_, resting);
    if (crowded) {
      raise();
    } else if (took < kRoundNs && period_ < kLast) {
      period_ *= 2;
    } else if (took > 4 * kRoundNs && period_ > floor_ && !resting && !rested) {
      period_ /= 2;
    }
  }

  // Memory fills up after a time in which nothing changed: worth a closer look, for as long as it costs
  // little.
  void look_closer(std::uint64_t now) {
    if (period_ <= kClose) return;
    period_ = std::max(floor_, kClose);
    round_ns_ = now;
    round_ = 0;
  }

  // Bytes to the next sample.
  std::int64_t draw() {
    if (period_ == 0) return 0;
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const double u = static_cast<double>((random_ >> 11) + 1) * 0x1p-53;  // (0, 1]
    return static_cast<std::int64_t>(-std::log(u) * static_cast<double>(period_));
  }

  // How many allocations of its size a sampled block stands for.
  static double stands_for(std::uint64_t size, std::uint64_t period) {
    if (period == 0 || size > 40 * period) return 1;
    return -1 / std::expm1(-static_cast<double>(size) / static_cast<double>(period));
  }

 private:
  void raise() {
    if (period_ < kLast * 64) period_ *= 2;
    floor_ = period_;
    raised_ = samples_;
  }

  const bool always_;
  std::uint64_t random_;
  std::uint64_t period_ = 0, floor_ = kFirst, samples_ = 0, raised_ = 0, round_ns_ = 0;
  std::uint32_t round_ = 0;
  bool rested_ = false;  // in the round before
};

}  // namespace ml::native::profiler
