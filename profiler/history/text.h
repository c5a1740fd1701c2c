#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ml::profiler::history {

// "+19.7%", "-97.8%", "+0.0%" as profiler-reports.md 7.4 prints changes; "-" for none.
std::string signed_percent(std::optional<double> percent);
// Change from one number to another, in percent; none from zero to something.
std::optional<double> change(std::uint64_t before, std::uint64_t after);
// The unit in which memory is printed: MB when the largest value is at least one, else KB.
struct MemoryUnit {
  explicit MemoryUnit(std::uint64_t largest) : mega(largest >= 1u << 20) {}
  std::string operator()(std::uint64_t bytes) const;  // "12.5 MB"
  bool mega;
};
// "2026-11-21 09:15:02", in UTC.
std::string date_time(std::uint64_t unix_ns);
// ns as the reports print times: "0.600s".
std::string time_text(std::uint64_t ns);

}  // namespace ml::profiler::history
