#include <catch2/catch.hpp>
#include <random>

#include "profiler/format/reader.h"
#include "profiler/model/profile.h"
#include "tests/profiler/sample_capture.h"

using namespace ml::profiler;
using ml::profiler::test::sample_capture;

TEST_CASE("a capture reads back as it was written") {
  const CaptureResult read = read_capture(sample_capture());
  REQUIRE(read.capture);
  const Capture& c = *read.capture;
  CHECK(c.complete);
  CHECK_FALSE(c.damaged);
  CHECK(c.header.interpreter == "3.11.2");
  CHECK(c.header.counting == Counting::deallocator);
  CHECK(c.header.pid == 4711);
  CHECK(c.files.at(1).path == "shop/price.ml");
  CHECK(c.functions.at(3).name == "price.tax");
  CHECK(c.functions.at(3).first_line == 9);
  CHECK(c.functions.at(0).category == Category::python_stdlib);
  CHECK(c.calls == std::vector<std::uint64_t>{0, 1, 40, 2'000'000'000'000});  // the later record wins
  CHECK(c.nodes.at(2).cpu_ns == 2'000'000);
  CHECK(c.nodes.at(3).wait_ns == 500'000);
  CHECK(c.nodes.at(4).line == 6);
  CHECK(c.phases.at(1).step == "spawn_interpreter");
  CHECK(c.nodes.at(2).entries == 7);
  CHECK(c.sampler.cost_ns == 30'000);
  REQUIRE(c.threads.size() == 2);
  CHECK(c.threads[1].name == "worker");
  CHECK(c.threads[1].wall_ns == 4'000'000);
  REQUIRE(c.memory.size() == 2);  // sorted; the later row of a place wins
  CHECK(c.memory[0].line == 12);
  CHECK(c.memory[0].at_peak == 96);
  CHECK(c.memory[1].own_peak == 300);
  CHECK(c.memory_totals.level == MemoryLevel::full);
  CHECK(c.memory_totals.peak == 296);
  REQUIRE(c.hits.size() == 2);
  CHECK(c.hits[0].hits == 4);
  CHECK(c.outcome.error == "TypeError: no");
  CHECK(c.wall_ns == 10'000'001);
}

TEST_CASE("a capture cut at any byte gives what was whole") {
  const std::string bytes = sample_capture();
  std::size_t functions = 0, readable = 0;
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    const CaptureResult read = read_capture(std::string_view(bytes).substr(0, n));
    if (!read.capture) {
      CHECK(readable == 0);  // only before the header is whole
      CHECK_FALSE(read.error.empty());
      continue;
    }
    ++readable;
    CHECK(read.capture->functions.size() >= functions);
    functions = read.capture->functions.size();
    CHECK(read.capture->complete == (n == bytes.size()));
    model::build(*read.capture);
  }
  CHECK(functions == 4);
  CHECK(readable > bytes.size() / 2);
}

TEST_CASE("a killed run keeps its last sign of life") {
  std::string bytes = sample_capture();
  bytes.resize(bytes.size() - 24);  // without the end record
  const CaptureResult read = read_capture(bytes);
  REQUIRE(read.capture);
  CHECK_FALSE(read.capture->complete);
  CHECK_FALSE(read.capture->damaged);
  CHECK(read.capture->wall_ns == 4'000'000);
}

TEST_CASE("what is not a capture is refused") {
  CHECK_FALSE(read_capture("").capture);
  CHECK_FALSE(read_capture("MLPROF").capture);
  CHECK(read_capture("#!/bin/sh\n").error == "not a profile capture");
  capture::Encoder e;
  capture::Header h;
  h.version = capture::kVersion + 1;
  e.header(h);
  CHECK(read_capture(e.bytes()).error == "the capture was written by a newer version of mlpy");
}

TEST_CASE("records of a later writer are skipped") {
  capture::Encoder e;
  e.header({});
  std::string bytes = e.bytes(), payload = "unknown";
  capture::Writer w(bytes);
  w.u32(static_cast<std::uint32_t>(payload.size()));
  w.u16(999);
  w.u16(capture::check_of(999, payload));
  bytes += payload;
  e.clear();
  e.file(0, {"a.ml"});
  const CaptureResult read = read_capture(bytes + e.bytes());
  REQUIRE(read.capture);
  CHECK(read.capture->files.size() == 1);
  CHECK_FALSE(read.capture->damaged);
}

TEST_CASE("references out of range end the reading") {
  const auto damaged = [](auto write) {
    capture::Encoder e;
    e.header({});
    e.file(0, {"a.ml"});
    e.function(0, {0, 1, Category::ml_code, FunctionKind::ml, "f"});
    write(e);
    const CaptureResult read = read_capture(e.bytes());
    return read.capture && read.capture->damaged && read.capture->functions.size() == 1;
  };
  using E = capture::Encoder;
  CHECK(damaged([](E& e) { e.file(2, {"b.ml"}); }));
  CHECK(damaged([](E& e) { e.function(1, {1, 1, Category::ml_code, FunctionKind::ml, "g"}); }));
  CHECK(damaged([](E& e) { e.counts(std::array{E::Count{1, 5}}); }));
  CHECK(damaged([](E& e) { e.nodes(std::array{E::NewNode{0, 0, 0, 1}}); }));
  CHECK(damaged([](E& e) { e.nodes(std::array{E::NewNode{0, kNone, 7, 1}}); }));
  CHECK(damaged([](E& e) { e.samples(std::array{E::Weight{0, 1, 1, 1}}); }));
  CHECK(damaged([](E& e) { e.entries(std::array{E::Count{0, 1}}); }));
  CHECK(damaged([](E& e) { e.thread(1, {}); }));
  CHECK(damaged([](E& e) { e.memory(std::array{capture::Allocations{1, 1}}); }));
  CHECK(damaged([](E& e) { e.hits(std::array{capture::Hits{1, 1, 1}}); }));
}

TEST_CASE("changed bytes never break the reader") {
  const std::string good = sample_capture();
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int k = 0; k < 3; ++k) bytes[8 + random() % (bytes.size() - 8)] = static_cast<char>(random());
    const CaptureResult read = read_capture(bytes);
    if (!read.capture) continue;
    for (const auto& node : read.capture->nodes) REQUIRE(node.function < read.capture->functions.size());
    REQUIRE(read.capture->calls.size() == read.capture->functions.size());
  }
}
