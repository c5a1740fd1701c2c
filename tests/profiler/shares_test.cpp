#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "profiler/model/shares.h"

using ml::profiler::split;
using Parts = std::vector<std::uint64_t>;

TEST_CASE("a split adds up and gives missing units to the largest fractions") {
  CHECK(split(1000, Parts{2500, 358, 142}) == Parts{834, 119, 47});
  CHECK(split(10, Parts{1, 1, 1}) == Parts{4, 3, 3});  // ties: the earlier row
  CHECK(split(3, Parts{1, 3}) == Parts{1, 2});         // .75 and 2.25
  CHECK(split(1, Parts{1, 3}) == Parts{0, 1});
  CHECK(split(2, Parts{1, 3}) == Parts{0, 2});  // tie of fractions: the larger value
  CHECK(split(7, Parts{0, 0}) == Parts{7, 0});
  CHECK(split(7, Parts{}).empty());
  CHECK(split(0, Parts{1, 2}) == Parts{0, 0});
  const std::uint64_t big = ~std::uint64_t{0};
  CHECK(split(big, Parts{big, big}) == Parts{big / 2 + 1, big / 2});
}

TEST_CASE("random splits add up and are off by less than one unit") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 5'000; ++round) {
    Parts weights(1 + random() % 20);
    for (auto& w : weights) w = random() % 3 == 0 ? 0 : random() % 1'000'000;
    const std::uint64_t whole = random() % 100'000;
    const Parts parts = split(whole, weights);
    REQUIRE(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}) == whole);
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    if (sum == 0) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const double exact =
          static_cast<double>(whole) * static_cast<double>(weights[i]) / static_cast<double>(sum);
      REQUIRE(std::abs(static_cast<double>(parts[i]) - exact) < 1.0);
    }
  }
}
