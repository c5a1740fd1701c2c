#pragma once

#include <random>
#include <set>

#include "profiler/format/capture.h"

namespace ml::profiler::test {

// Any capture a run could leave, also a killed one: tables need not agree with each other.
inline Capture random_capture(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const auto small = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  Capture c;
  c.complete = below(4) != 0;
  c.header.counting = static_cast<Counting>(below(4));
  c.header.mode = static_cast<Mode>(below(3));
  c.header.python = 0x030b02f0;
  c.header.started_unix_ns = 1'700'000'000'123'456'789;
  const std::size_t files = 1 + below(4), functions = 1 + below(30), nodes = below(5) == 0 ? 0 : below(200);
  for (std::size_t i = 0; i < files; ++i)
    c.files.push_back({"d" + std::to_string(i) + "/m" + std::to_string(below(3)) + ".ml"});
  c.files.push_back({"_strptime.py"});
  for (std::size_t i = 0; i < functions; ++i) {
    capture::Function f;
    f.name = "f" + std::to_string(below(20));
    f.first_line = small(90);
    switch (below(7)) {
      case 0:
        f.kind = below(2) == 0 ? FunctionKind::library : FunctionKind::import;
        f.category = Category::python_stdlib;
        f.file = below(2) == 0 ? static_cast<std::uint32_t>(files) : kNone;
        break;
      case 1:
        f.kind = FunctionKind::guard;
        f.category = Category::runtime_overhead;
        break;
      case 2:
        f.kind = FunctionKind::phase;
        f.category = Category::sandbox_startup;
        f.name = "step1";
        break;
      default: f.file = static_cast<std::uint32_t>(below(files)); break;
    }
    c.functions.push_back(f);
    c.calls.push_back(below(3) == 0 ? 0 : below(2) == 0 ? below(4) : below(100'000));
  }
  std::set<std::array<std::uint32_t, 3>> places;
  for (std::size_t i = 0; i < nodes; ++i) {
    capture::Node n;
    n.parent = c.nodes.empty() || below(8) == 0 ? kNone : small(c.nodes.size());
    n.function = small(functions);
    n.line = small(20);
    if (!places.insert({n.parent, n.function, n.line}).second && below(5) != 0) continue;
    n.ticks = below(50);
    n.cpu_ns = n.ticks * below(4'000'000);
    n.wait_ns = below(10) == 0 ? below(9'000'000) : 0;
    if (c.header.mode == Mode::exact) n.entries = below(2'000);
    c.nodes.push_back(n);
  }
  c.wall_ns = below(5) == 0 ? 0 : below(3'000'000'000);
  c.cpu_ns = c.wall_ns / 2;
  if (below(3) == 0)
    for (std::size_t i = 1 + below(4); i > 0; --i)
      c.threads.push_back({below(2'000'000'000), below(1'000'000), "t"});
  for (std::size_t i = below(6); i > 0; --i)
    c.phases.push_back(
        {static_cast<Category>(1 + below(5)), below(40'000'000), "step" + std::to_string(below(3))});
  if (below(2) == 0) {
    c.memory_totals.level = below(2) == 0 ? MemoryLevel::full : MemoryLevel::exact;
    c.memory_totals.period = below(2) == 0 ? 0 : 65'536;
    std::set<std::pair<std::uint32_t, std::uint32_t>> rows;
    for (std::size_t i = below(60); i > 0; --i) {
      capture::Allocations a{small(functions), small(20),       below(1u << 20), 0,
                             below(1u << 20),  below(1u << 30), below(999)};
      if (below(2) == 0) a.live = 0;
      a.own_peak = std::max(a.live, a.at_peak) + below(1000);
      if (rows.emplace(a.function, a.line).second) c.memory.push_back(a);
    }
  }
  if (below(3) == 0) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> rows;
    for (std::size_t i = below(60); i > 0; --i) {
      const capture::Hits h{small(functions), small(20), below(100'000)};
      if (rows.emplace(h.function, h.line).second) c.hits.push_back(h);
    }
  }
  if (below(5) == 0) c.outcome = {"TypeError: no", c.files[0].path, 3, 1};
  return c;
}

}  // namespace ml::profiler::test
