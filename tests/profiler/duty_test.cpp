#include "runtime/native/profiler/memory_duty.h"

#include <catch2/catch.hpp>
#include <memory>

#include "runtime/native/profiler/memory_ledger.h"

namespace ml::native::profiler {
namespace {

constexpr std::uint64_t kMilli = 1'000'000, kMB = 1u << 20;

const void* block(std::uint64_t n) { return reinterpret_cast<const void*>(0x7f0000000000 + n * 16); }

}  // namespace

TEST_CASE("memory is watched until nothing has changed for a while") {
  Duty duty(0, 7);
  CHECK(duty.watching());
  CHECK_FALSE(duty.settled(Duty::kSettle - 1));
  duty.changed(10 * kMilli);
  CHECK_FALSE(duty.settled(Duty::kSettle));
  CHECK(duty.settled(10 * kMilli + Duty::kSettle));
  CHECK(duty.stands_for() == 1);
}

TEST_CASE("at rest a tenth of the time is watched") {
  Duty duty(0, GENERATE(1, 7, 12345));
  duty.rest(0, 0, 0, 0);
  int watched = 0, between = 0;
  for (int turn = 0; turn < 100'000; ++turn) {
    const bool before = duty.watching(), turned = duty.turn();
    REQUIRE(turned == (duty.watching() != before));
    if (duty.watching()) {
      ++watched;
      REQUIRE((between == 0 || between >= static_cast<int>(Duty::kLeast) - 1));
      between = 0;
    } else {
      ++between;
    }
    REQUIRE(duty.stands_for() == Duty::kPart);
  }
  CHECK(watched == Approx(100'000 / Duty::kPart).epsilon(0.03));
}

TEST_CASE("a change ends the rest, and the next one waits longer if it comes soon") {
  Duty duty(0, 7);
  std::uint64_t now = Duty::kSettle, last = 0;
  for (int i = 0; i < 12; ++i) {
    duty.rest(now, 0, 0, 0);
    CHECK(duty.resting());
    const std::uint64_t woken = now += kMilli;
    duty.changed(woken);
    CHECK(duty.watching());
    CHECK(duty.stands_for() == 1);
    while (!duty.settled(now)) now += kMilli;
    CHECK(now - woken >= last);
    last = now - woken;
  }
  CHECK(last == Duty::kSettleMost);
  duty.rest(now, 0, 0, 0);
  now += 2 * Duty::kSettleMost;  // a long rest: all is forgotten
  duty.changed(now);
  CHECK(duty.settled(now + Duty::kSettle));
}

TEST_CASE("a fall of what is live makes room for others unseen, unless chance explains it") {
  Duty duty(0, 7);
  CHECK_FALSE(duty.fell(0));  // watched anyway
  duty.rest(0, 10 * kMB, 32 * kMB, 64 << 10);
  CHECK_FALSE(duty.fell(9 * kMB));
  CHECK(duty.fell(9 * kMB - 1));
  duty.rest(0, kMB / 2, kMB, 128 << 10);  // four blocks
  CHECK_FALSE(duty.fell(0));
}

TEST_CASE("a block drawn in a window stands for the others once it has lasted") {
  auto ledger = std::make_unique<Ledger>(false);
  const std::uint32_t owner = ledger->owner(1, 1), other = ledger->owner(2, 9);
  REQUIRE(ledger->add(block(1), other, 5'000, 1, false));
  REQUIRE(ledger->add(block(2), owner, 100, 2, true, 10));
  REQUIRE(ledger->add(block(3), owner, 100, 2, true, 10));
  CHECK(ledger->row(owner).bytes == 2'000);  // what was made, whether it lasts or not
  CHECK(ledger->row(owner).count == 40);
  CHECK(ledger->live() == 5'200);
  CHECK(ledger->take(block(3)).weight == 100);
  ledger->keep();
  CHECK(ledger->row(owner).live == 1'000);
  CHECK(ledger->live() == 6'000);
  CHECK(ledger->small_live() == 1'000);
  ledger->keep();  // nothing is kept twice
  REQUIRE(ledger->add(block(3), owner, 100, 2, true, 10));
  CHECK(ledger->take(block(2)).weight == 1'000);
  CHECK(ledger->take(block(3)).weight == 100);
  REQUIRE(ledger->add(block(3), owner, 100, 2, true));  // another block at the place of one that is awaited
  ledger->keep();
  CHECK(ledger->row(owner).live == 100);
  CHECK(ledger->live() == 5'100);
  CHECK(ledger->row(owner).at_peak + ledger->row(other).at_peak == ledger->peak());
}

}  // namespace ml::native::profiler
