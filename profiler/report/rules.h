#pragma once

#include <string>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::report {

// One thing a rule of profiler-reports.md 4.2 found in a function.
struct Finding {
  const char* rule;        // "R1"
  std::uint32_t line = 0;  // where, for editors
  std::string text;
  std::string consider;    // empty: no advice
  bool estimated = false;  // the text shows an estimated number
};

// A rule looks at one function; `rank` is its place by self time among ML functions, from 0. The table is the
// list of rules in order: a new rule is a function and a row (rules.cpp).
struct Recommendation {
  std::uint32_t function;  // index into Profile::functions
  std::vector<Finding> findings;
};

// Functions for which a rule fired, largest share first, at most five. Shares resting on fewer than 30
// samples fire nothing.
std::vector<Recommendation> recommend(const Profile& profile);

// "name()", or the bare name of what cannot be called by name.
std::string called(const Profile::Function& function);

}  // namespace ml::profiler::report
