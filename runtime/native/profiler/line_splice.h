#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/native/profiler/line_flow.h"
#include "runtime/native/profiler/splice.h"

namespace ml::native::profiler {

// What a code object loads, as far as it matters to counting.
struct Loads {
  std::vector<bool> numbers;  // by constant: a number that may count (number_site.h)
  std::vector<bool> ranges;   // by name: makes ranges
};

// Where something is done whenever control comes to a line: constant `first_constant + i` of the new code is
// loaded and dropped at lines[i].
struct LineSites {
  CodeBytes code;
  std::vector<std::uint32_t> lines;
};

// Puts a site where control comes to a line (arrivals.h). `line_of_unit`: -1 where there is none. False if
// the code holds something unknown, or no line. Pure.
bool splice_sites(const CodeBytes& from, const std::vector<int>& line_of_unit, std::uint32_t first_constant,
                  ml::profiler::Counting backend, LineSites* to);

// Counters of the lines of a code object: constants from `first_constant` on.
struct LineCounters {
  CodeBytes code;
  std::vector<bool> meters;                         // by counter: counts rounds (iterator_meter.h), not loads
  std::vector<std::optional<std::size_t>> numbers;  // by counter: the constant that it takes the place of
  std::vector<LineSum> lines;
  Sum calls;  // LinePlan::kEntry stands for a counter at the entry, which is not made here
};

// Puts in as few counters as tell how often control comes to each line (line_flow.h). As splice_sites.
bool splice_counters(const CodeBytes& from, const std::vector<int>& line_of_unit, const Loads& loads,
                     std::uint32_t first_constant, ml::profiler::Counting backend, bool calls_follow,
                     LineCounters* to);

}  // namespace ml::native::profiler
