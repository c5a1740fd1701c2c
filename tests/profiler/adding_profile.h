#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <tuple>

#include "profiler/model/profile.h"
#include "profiler/model/shares.h"

namespace ml::profiler::test {

// A random profile whose parts add up as profiler-reports.md 5 demands (I1-I5, I9), in report order.
inline Profile adding_profile(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  // Of any size, often 0, often tied.
  const auto number = [&](int bits) -> std::uint64_t {
    switch (below(4)) {
      case 0: return 0;
      case 1: return below(4) * 500'000;
      default: return random() >> (64 - 1 - below(static_cast<std::uint64_t>(bits)));
    }
  };
  Profile p;
  p.collection.memory = below(4) == 0 ? How::off : How::sampled;
  p.collection.memory_period_bytes = 512 * 1024;
  p.collection.interval_ns = 1'000'000;
  const int memory_bits = below(2) == 0 ? 14 : 30;
  const std::uint64_t files = 1 + below(below(4) == 0 ? 40 : 4);
  for (std::uint64_t i = 0; i < files; ++i) {
    p.files.emplace_back();
    p.files.back().path = p.files.back().name = "f" + std::to_string(i) + ".ml";
  }
  constexpr Category kOthers[] = {Category::runtime_overhead,  Category::parsing,
                                  Category::security_analysis, Category::transpilation,
                                  Category::sandbox_startup,   Category::python_stdlib};
  const auto add = [&](Category category, std::uint32_t file, FunctionKind kind) {
    Profile::Function& f = p.functions.emplace_back();
    f.name = (kind == FunctionKind::ml ? "fn" : "step") + std::to_string(p.functions.size());
    f.file = file;
    f.line = static_cast<std::uint32_t>(1 + below(900));
    f.category = category;
    f.kind = kind;
    f.self_ns = number(36);
    f.cum_ns = f.self_ns;
    f.calls = f.primitive_calls = 1 + number(24);
    f.calls_exact = below(8) != 0;
    f.samples = f.self_ns / 1'000'000;
    p.samples += f.samples;
    f.at_peak_bytes = p.has_memory() ? number(memory_bits) : 0;
    if (kind != FunctionKind::ml) return;
    std::vector<std::uint64_t> weights;
    for (std::uint64_t n = 1 + below(12); n > 0; --n) weights.push_back(number(20));
    const auto times = split(f.self_ns, weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      Profile::Line& line = f.lines.emplace_back();
      line.line = f.line + static_cast<std::uint32_t>(i);
      line.self_ns = line.cum_ns = times[i];
      line.hits = 1 + i;
      line.source = "    x = x + " + std::to_string(i) + ";";
    }
  };
  for (std::uint32_t i = 0; i < files; ++i)
    for (std::uint64_t n = 1 + below(below(8) == 0 ? 30 : 5); n > 0; --n)
      add(Category::ml_code, i, FunctionKind::ml);
  for (const Category c : kOthers)
    if (below(3) != 0)
      for (std::uint64_t n = 1 + below(below(6) == 0 ? 20 : 3); n > 0; --n)
        add(c, kNone, FunctionKind::phase);

  std::sort(p.functions.begin(), p.functions.end(), [](const auto& a, const auto& b) {
    return std::tie(b.self_ns, a.name, a.line) < std::tie(a.self_ns, b.name, b.line);
  });
  for (const Profile::Function& f : p.functions) {
    p.category_ns[static_cast<std::size_t>(f.category)] += f.self_ns;
    p.category_bytes[static_cast<std::size_t>(f.category)] += f.at_peak_bytes;
    p.total_ns += f.self_ns;
    p.peak_bytes += f.at_peak_bytes;
    if (f.file == kNone) continue;
    p.files[f.file].self_ns += f.self_ns;
    p.files[f.file].calls += f.calls;
    p.files[f.file].at_peak_bytes += f.at_peak_bytes;
  }
  p.elapsed_ns = p.total_ns;
  return p;
}

}  // namespace ml::profiler::test
