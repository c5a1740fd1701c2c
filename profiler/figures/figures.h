#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler {

// The numbers of one run as people see them, in every report, export for people and finding: rounded once,
// top-down, so that each column adds up to its printed parent and one value has one form (profiler-reports.md
// 2). Total -> ML code, mlpy overhead, Python Stdlib -> categories -> files -> functions -> lines. Times in
// ms, percentages in tenths, memory in tenths of one unit per run. Vectors go by the profile's indices.
struct Figures {
  explicit Figures(const Profile& profile);

  using ByCategory = std::array<std::uint64_t, kCategories>;

  std::uint64_t total = 0, ml = 0, overhead = 0, library = 0;
  std::uint64_t ml_percent = 0, overhead_percent = 0, library_percent = 0;  // of the total
  ByCategory categories{}, category_percents{};
  std::vector<std::uint64_t> files, file_percents;  // percentages of ml_code, 100.0 in all even of 0 ns
  std::vector<std::uint64_t> functions, function_percents;  // percentages of the file; 0 for what is not ML

  // All 0 when memory was off.
  bool megabytes = false;  // the unit: MB, or KB when the peak is below 1 MB
  std::uint64_t peak = 0;
  ByCategory category_memory{}, category_memory_percents{};  // percentages of the peak
  std::vector<std::uint64_t> file_memory, function_memory;

  std::uint64_t at(const ByCategory& column, Category c) const { return column[static_cast<std::size_t>(c)]; }
  std::string memory(std::uint64_t value) const;  // "12.5 MB"

  // Times and percentages of a function's lines, by the place in Function::lines.
  struct Lines {
    std::vector<std::uint64_t> time, percent;
  };
  Lines lines(const Profile& profile, std::uint32_t function) const;
};

}  // namespace ml::profiler
