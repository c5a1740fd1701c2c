#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::report {

// The numbers of one run as every text report prints them: rounded once, top-down, so that each column adds
// up to its parent (profiler-reports.md 2). Times in ms, percentages in tenths.
struct Figures {
  explicit Figures(const Profile& profile);

  std::uint64_t total = 0, ml = 0, overhead = 0, library = 0;
  std::uint64_t ml_percent = 0, overhead_percent = 0, library_percent = 0;  // of 1000
  std::array<std::uint64_t, kCategories> categories{};
  std::vector<std::uint64_t> files, file_percents;  // by Profile::files; percentages of ml_code
  std::vector<std::uint64_t> functions;             // by Profile::functions; 0 for those that are not ml_code
};

std::string seconds(std::uint64_t ms);                               // "0.600s"
std::string tenths(std::uint64_t value);                             // "83.3"
std::string grouped(std::uint64_t n);                                // "10,000"
std::string per_call(std::uint64_t ns, std::uint64_t calls);         // "78.0ms", for sentences
std::string whole_percent(std::uint64_t part, std::uint64_t whole);  // "37%", "<1%"
// part / whole >= percent / 100, exactly.
bool at_least(std::uint64_t part, std::uint64_t whole, std::uint64_t percent);

}  // namespace ml::profiler::report
