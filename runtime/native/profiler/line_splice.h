#pragma once

#include <cstdint>
#include <vector>

#include "runtime/native/profiler/splice.h"

namespace ml::native::profiler {

// Probes that count how often lines are reached. Probe i is constant `first_constant + i` of the new code and
// counts every line in lines[i] once per load.
struct LineProbes {
  CodeBytes code;
  std::vector<std::vector<std::uint32_t>> lines;
};

// Puts a probe where control comes to a line: at the first instruction of a statement that another line led
// to, a jump back led to, or that an exception led to. Statements that nothing can keep from running after
// the one before share its probe; what can: a jump, a call, a subscript or member read, a generator's pause,
// and under an exception handler everything else that may raise. A statement over several lines counts for
// its first; the rounds of a comprehension do not count. `line_of_unit`: -1 where there is none. False if the
// code holds something unknown: then its lines stay uncounted. With `share` off every such place gets a probe
// of its own. Pure.
bool splice_lines(const CodeBytes& from, const std::vector<int>& line_of_unit, std::uint32_t first_constant,
                  ml::profiler::Counting backend, LineProbes* to, bool share = true);

}  // namespace ml::native::profiler
