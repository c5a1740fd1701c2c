#include "runtime/sandbox/limits.h"

#include <catch2/catch.hpp>

#include "runtime/sandbox/filter.h"

using namespace ml::sandbox;

TEST_CASE("sizes are read with their units") {
  CHECK(parse_size("100MB") == 100u << 20);
  CHECK(parse_size("1.5KB") == 1536u);
  CHECK(parse_size("2GB") == 2ull << 30);
  CHECK(parse_size("4096") == 4096u);
  for (const char* bad : {"", "MB", "0", "-1MB", "1TB", "1 MB", "nan", "inf", "1e400", "9999999999999GB"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_size(bad));
  }
}

TEST_CASE("sizes and times are shown as they were given") {
  CHECK(shown_size(100u << 20) == "100MB");
  CHECK(shown_size(1500) == "1500 bytes");
  CHECK(shown_seconds(30) == "30 s");
  CHECK(shown_seconds(0.5) == "0.5 s");
}

TEST_CASE("what the user set is kept when the strict limits are added") {
  Limits limits;
  limits.memory = 5;
  complete(limits, strict_limits());
  CHECK(limits.memory == 5u);
  CHECK(limits.cpu == 30.0);
}

TEST_CASE("there is a filter, and it is smaller without paths") {
  const std::string with = make_filter({1, true, true}), without = make_filter({1, false, false});
  CHECK(with.size() % 8 == 0);
  CHECK(without.size() > 800);
  CHECK(with.size() > without.size());
}
