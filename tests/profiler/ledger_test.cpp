#include "runtime/native/profiler/memory_ledger.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "runtime/native/profiler/memory_pace.h"

namespace ml::native::profiler {
namespace {

const void* block(std::uint64_t n) { return reinterpret_cast<const void*>(0x7f0000000000 + n * 16); }

struct Sums {
  std::uint64_t live = 0, at_peak = 0;
};

Sums sums(const Ledger& ledger) {
  Sums s;
  for (std::uint32_t i = 0; i < ledger.owners(); ++i) {
    s.live += ledger.row(i).live;
    s.at_peak += ledger.row(i).at_peak;
  }
  return s;
}

}  // namespace

TEST_CASE("a ledger agrees with a map of the live blocks after every step") {
  auto ledger = std::make_unique<Ledger>(false);
  struct Live {
    std::uint32_t owner;
    std::uint64_t weight;
  };
  std::map<std::uint64_t, Live> live;
  std::map<std::uint32_t, std::uint64_t> by_owner, by_function, own_peak, at_peak;
  std::map<std::uint32_t, std::uint32_t> function_of;
  std::uint64_t total = 0, peak = 0;
  std::mt19937 random(7);
  const auto changed = [&](std::uint32_t owner, std::int64_t by) {
    by_owner[owner] += static_cast<std::uint64_t>(by);
    total += static_cast<std::uint64_t>(by);
    std::uint64_t& function = by_function[function_of[owner]];
    function += static_cast<std::uint64_t>(by);
    own_peak[function_of[owner]] = std::max(own_peak[function_of[owner]], function);
    if (total > peak) {
      peak = total;
      at_peak = by_owner;
    }
  };
  for (int step = 0; step < 60'000; ++step) {
    const std::uint64_t n = random() % 3000;
    if (const auto at = live.find(n); at != live.end()) {
      REQUIRE(ledger->may_hold(block(n)));
      const Ledger::Taken taken = ledger->take(block(n));
      REQUIRE(taken.owner == at->second.owner);
      REQUIRE(taken.weight == at->second.weight);
      changed(taken.owner, -static_cast<std::int64_t>(taken.weight));
      if (random() % 8 == 0) {
        ledger->put_back(block(n), taken);
        changed(taken.owner, static_cast<std::int64_t>(taken.weight));
      } else {
        live.erase(at);
      }
    } else {
      REQUIRE(ledger->take(block(n)).weight == 0);
      const auto function = static_cast<std::uint32_t>(random() % 20);
      const std::uint32_t owner = ledger->owner(function, static_cast<std::uint32_t>(random() % 5) + 1);
      function_of[owner] = function;
      const std::uint64_t weight = random() % 100'000 + 1;
      REQUIRE(ledger->add(block(n), owner, weight, 1, false));
      live[n] = {owner, weight};
      changed(owner, static_cast<std::int64_t>(weight));
    }
    if (step % 100 != 0 && step < 59'000) continue;
    const Sums s = sums(*ledger);
    REQUIRE(s.live == ledger->live());
    REQUIRE(s.at_peak == ledger->peak());
    REQUIRE(ledger->live() == total);
    REQUIRE(ledger->peak() == peak);
    for (std::uint32_t i = 0; i < ledger->owners(); ++i) {
      REQUIRE(ledger->row(i).live == by_owner[i]);
      REQUIRE(ledger->row(i).own_peak == own_peak[function_of[i]]);
      REQUIRE(ledger->row(i).at_peak == at_peak[i]);
    }
  }
  for (const auto& [n, _] : live) ledger->take(block(n));
  CHECK(ledger->live() == 0);
  for (std::uint64_t n = 0; n < 3000; ++n) CHECK(!ledger->may_hold(block(n)));
}

namespace {

// What `program` allocates and frees, seen by samples of a mean distance of `period` bytes; beside the truth.
struct Sampled {
  explicit Sampled(std::uint64_t distance) : period(distance) {}
  void allocate(std::uint64_t n, std::uint64_t size) {
    truth += size;
    highest = std::max(highest, truth);
    if ((budget -= static_cast<std::int64_t>(size)) >= 0) return;
    budget = static_cast<std::int64_t>(
        std::exponential_distribution<double>(1.0 / static_cast<double>(period))(random));
    const double count = Pace::stands_for(size, period);
    REQUIRE(ledger->add(block(n), owner, static_cast<std::uint64_t>(static_cast<double>(size) * count), count,
                        true));
  }
  void release(std::uint64_t n, std::uint64_t size) {
    truth -= size;
    ledger->take(block(n));
  }
  std::uint64_t period, truth = 0, highest = 0;
  std::int64_t budget = 0;
  std::mt19937 random{11};
  std::unique_ptr<Ledger> ledger = std::make_unique<Ledger>(false);
  const std::uint32_t owner = ledger->owner(1, 1);
};

}  // namespace

TEST_CASE("the peak of memory that turns over is no record of chance") {
  // 1 MB in batches that replace each other, the sampling soon as coarse as it gets.
  constexpr std::uint64_t kBatch = 5'000, kSize = 100;
  Sampled run(256);
  for (std::uint64_t round = 0; round < 2'000; ++round) {
    for (std::uint64_t i = 0; i < kBatch; ++i) run.allocate((round % 2) * kBatch + i, kSize);
    for (std::uint64_t i = 0; round > 0 && i < kBatch; ++i)
      run.release(((round + 1) % 2) * kBatch + i, kSize);
    if (round % 2 == 1 && run.period < Pace::kLast) run.period *= 2;
  }
  CHECK(static_cast<double>(run.ledger->peak()) < 1.1 * static_cast<double>(run.highest));
  CHECK(static_cast<double>(run.ledger->peak()) > 0.9 * static_cast<double>(run.highest));
}

TEST_CASE("a function's own peak is no record of chance, and that of all its lines") {
  // One function turns over 1 MB on two lines in turns, beside 4 MB that another one keeps.
  constexpr std::uint64_t kBatch = 2'500, kSize = 400;
  auto ledger = std::make_unique<Ledger>(false);
  const std::uint32_t kept = ledger->owner(1, 1), lines[] = {ledger->owner(2, 5), ledger->owner(2, 6)};
  std::mt19937 random(3);
  std::int64_t budget = 0;
  const auto allocate = [&](std::uint64_t n, std::uint32_t owner) {
    if ((budget -= kSize) >= 0) return;
    constexpr std::uint64_t kPeriod = 8 << 10;
    budget = static_cast<std::int64_t>(std::exponential_distribution<double>(1.0 / kPeriod)(random));
    const double count = Pace::stands_for(kSize, kPeriod);
    REQUIRE(ledger->add(block(n), owner, static_cast<std::uint64_t>(kSize * count), count, true));
  };
  for (std::uint64_t n = 0; n < 10'000; ++n) allocate(1'000'000 + n, kept);
  for (std::uint64_t round = 0; round < 3'000; ++round) {
    for (std::uint64_t i = 0; i < kBatch; ++i) allocate(round % 2 * kBatch + i, lines[i % 2]);
    for (std::uint64_t i = 0; i < kBatch; ++i) ledger->take(block(round % 2 * kBatch + i));
  }
  const auto own = [&](std::uint32_t owner) { return static_cast<double>(ledger->row(owner).own_peak); };
  CHECK(own(lines[0]) == own(lines[1]));
  CHECK(own(lines[0]) == Approx(1e6).epsilon(0.25));  // of about 120 samples: their standard error is 9 %
  CHECK(own(kept) == Approx(4e6).epsilon(0.15));
}

TEST_CASE("the peak follows memory that grows") {
  Sampled run(16 << 10);
  for (std::uint64_t n = 0; n < 400'000; ++n) run.allocate(n, 100);
  const auto share = [&] {
    return static_cast<double>(run.ledger->peak()) / static_cast<double>(run.highest);
  };
  CHECK(share() > 0.94);
  CHECK(share() < 1.06);
  for (std::uint64_t n = 0; n < 200'000; ++n) run.release(n, 100);
  const std::uint64_t peak = run.ledger->peak();
  for (std::uint64_t n = 400'000; n < 600'000; ++n) run.allocate(n, 100);
  CHECK(run.ledger->peak() < peak + peak / 50);
  for (std::uint64_t n = 600'000; n < 800'000; ++n) run.allocate(n, 100);  // half as much again
  CHECK(share() > 0.94);
  CHECK(share() < 1.06);
}

TEST_CASE("a full ledger refuses, one that may grow goes on") {
  auto fixed = std::make_unique<Ledger>(false), growing = std::make_unique<Ledger>(true);
  std::uint64_t kept = 0;
  for (std::uint64_t n = 0; n < 200'000; ++n) {
    kept += fixed->add(block(n), fixed->owner(1, 1), 1, 1, false);
    REQUIRE(growing->add(block(n), growing->owner(1, 1), 1, 1, false));
  }
  CHECK(kept < Ledger::kSlots);
  CHECK(kept > Ledger::kSlots / 2);
  CHECK(fixed->live() == kept);
  CHECK(growing->live() == 200'000);
  for (std::uint64_t n = 0; n < 200'000; ++n) REQUIRE(growing->take(block(n)).weight == 1);
  CHECK(growing->live() == 0);
}

TEST_CASE("too many owners are lumped together by function") {
  auto ledger = std::make_unique<Ledger>(false);
  for (std::uint32_t line = 1; line < 40'000; ++line)
    REQUIRE(ledger->add(block(line), ledger->owner(3, line), 1, 1, false));
  CHECK(ledger->owners() <= Ledger::kOwners);
  CHECK(sums(*ledger).live == ledger->live());
  CHECK(ledger->row(ledger->owner(3, 39'999)).line == 0);
}

TEST_CASE("what is drawn stands for what was allocated, whatever the sizes") {
  const std::uint64_t size = GENERATE(16, 100, 512, 5'000, 300'000);
  Pace pace(12345, false);
  std::uint64_t now = 0, period = 0, allocated = 0, drawn = 0;
  double counted = 0, weighed = 0;
  std::int64_t budget = 0;
  for (; drawn < 120'000; ++allocated) {
    if ((budget -= static_cast<std::int64_t>(size)) >= 0) continue;
    const double times = Pace::stands_for(size, period);
    counted += times;
    weighed += times * static_cast<double>(size);
    ++drawn;
    now += drawn % 3 == 0 ? 1'000 : 90'000;  // now dear, now cheap
    pace.sampled([&] { return now; }, 0, 0, false);
    period = pace.period();
    budget = pace.draw();
  }
  CHECK(counted == Approx(static_cast<double>(allocated)).epsilon(0.03));
  CHECK(weighed == Approx(static_cast<double>(allocated * size)).epsilon(0.03));
}

TEST_CASE("a young run is drawn whole, a cheap one densely again") {
  Pace pace(1, false);
  std::uint64_t now = 0;
  for (std::uint32_t i = 1; i < Pace::kEvery; ++i) {
    pace.sampled([&] { return now; }, 0, 0, false);
    REQUIRE(pace.period() == 0);
    REQUIRE(pace.draw() == 0);
  }
  for (int i = 0; i < 100'000; ++i) pace.sampled([&] { return now += 1; }, 0, 0, false);
  CHECK(pace.period() == Pace::kLast);
  for (int i = 0; i < 100'000; ++i) pace.sampled([&] { return now += 1'000'000'000; }, 0, 0, false);
  CHECK(pace.period() == Pace::kFirst);
  for (int i = 0; i < 5'000; ++i)
    pace.sampled([&] { return now += 1'000'000'000; }, 0, Pace::kEnlargedMost + 1, false);
  CHECK(pace.period() > Pace::kFirst);
  Pace exact(1, true);
  for (int i = 0; i < 100'000; ++i) exact.sampled([&] { return now; }, 0, 1'000'000, true);
  CHECK(exact.period() == 0);
}

}  // namespace ml::native::profiler
