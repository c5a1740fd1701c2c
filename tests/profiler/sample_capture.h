#pragma once

#include <array>
#include <string>

#include "profiler/format/writer.h"

namespace ml::profiler::test {

// A small capture with every kind of record.
inline std::string sample_capture() {
  using namespace capture;
  Encoder e;
  Header h;
  h.python = 0x030b02f0;
  h.pid = 4711;
  h.started_unix_ns = 1'700'000'000'000'000'000;
  h.started_ns = 5;
  h.counting = Counting::deallocator;
  h.interpreter = "3.11.2";
  e.header(h);
  e.file(0, {"shop/main.ml"});
  e.file(1, {"shop/price.ml"});
  e.function(0, {kNone, 0, Category::python_stdlib, FunctionKind::library, "(library)"});
  e.function(1, {0, 1, Category::ml_code, FunctionKind::ml, "(top level)"});
  e.function(2, {1, 4, Category::ml_code, FunctionKind::ml, "price"});
  e.function(3, {1, 9, Category::ml_code, FunctionKind::ml, "price.tax"});
  e.phase({Category::parsing, 3'000'000, "parse_file"});
  e.phase({Category::sandbox_startup, 5'000'000, "spawn_interpreter"});
  const Encoder::NewNode nodes[] = {
      {0, kNone, 1, 12}, {1, 0, 2, 5}, {2, 1, 3, 10}, {3, 1, 0, 0}, {4, 1, 2, 6}};
  e.nodes(nodes);
  const Encoder::Count early[] = {{1, 1}, {2, 3}};
  e.counts(early);
  const Encoder::Weight half[] = {{0, 500'000, 0, 1}, {2, 400'000, 0, 1}};
  e.samples(half);
  e.clock(4'000'000, 3'000'000);
  const Encoder::Weight weights[] = {{0, 1'000'000, 0, 2},
                                     {1, 3'000'000, 0, 6},
                                     {2, 2'000'000, 0, 4},
                                     {3, 1'000'000, 500'000, 3},
                                     {4, 1'000'000, 0, 2}};
  e.samples(weights);
  const Encoder::Count counts[] = {{1, 1}, {2, 40}, {3, 2'000'000'000'000}};
  e.counts(counts);
  e.sampler({17, 1, 0, 1, 0, 0, 0, 30'000});
  e.entries(std::array{Encoder::Count{2, 7}});
  e.thread(0, {10'000'001, 9'000'000, "main"});
  e.thread(1, {4'000'000, 1'000'000, "worker"});
  e.memory(std::array{Allocations{2, 5, 100, 300, 200, 5'000, 50}, Allocations{1, 12, 1, 1, 1, 1, 1}});
  e.memory(std::array{Allocations{1, 12, 64, 128, 96, 4'096, 8}});
  e.memory_totals({MemoryLevel::full, 65'536, 9, 296, 164, 9'096, 58, 20'000'000});
  e.hits(std::array{Hits{1, 12, 3}, Hits{2, 5, 40}});
  e.hits(std::array{Hits{1, 12, 4}});
  e.outcome({"TypeError: no", "shop/main.ml", 12, 3});
  e.end(10'000'001, 9'000'000);
  return e.bytes();
}

}  // namespace ml::profiler::test
