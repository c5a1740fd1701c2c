#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ml::profiler::history {

// How a number went from run to run (profiler-reports.md 7.3).
struct TrendPoint {
  std::string run;  // id
  std::uint64_t started_unix_ns = 0;
  std::string host, mode;
  std::uint64_t value = 0, peak_bytes = 0;
  bool has_memory = false;
};

struct Trend {
  std::string subject;             // program, or function and file
  std::string metric;              // "total", "ml", "peak", "self"
  bool bytes = false;              // the values are bytes, not ns
  std::vector<TrendPoint> points;  // oldest first

  // Run on another machine or in another mode than the newest: shown, not compared.
  bool other(std::size_t i) const;
  // Number of runs, at least 5, over which Peak Memory rose each time and by more than 20 % in all; else 0.
  std::size_t memory_growth() const;
};

// The table, ending with a newline.
std::string trend_text(const Trend& trend);
std::string trend_json(const Trend& trend);

}  // namespace ml::profiler::history
