#pragma once

#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::advice {

// What the rules of profiler-reports.md 4 say that need only the measured numbers: R1-R3, R8, R9, R11,
// R14-R18 and D1-D4, in report order (functions by share, then the run's, then the developers'). Every
// function for which a rule fires is there: cutting to five is the report's business. Shares resting on fewer
// than 30 samples fire nothing. `data` names the numbers used; `calls_exact: false` marks a text that shows
// an estimated number. Pure; does not look at Profile::findings.
std::vector<Profile::Finding> measured_findings(const Profile& profile);

// The same and the static rules R4-R7, R10, R12 and R13 (core/advice) joined with what they cost, for files
// whose `text`, the bytes that ran, is in the profile. A function has one finding of a static rule. What a
// function has others do counts for rules about a call: the line of the call may take 5 % where its function
// alone does not. Not quick: parses the files that took time.
std::vector<Profile::Finding> findings(const Profile& profile);

// Both lists in report order. R1's general advice is dropped where another rule has some for that function.
std::vector<Profile::Finding> merge(const Profile& profile, std::vector<Profile::Finding> a,
                                    std::vector<Profile::Finding> b);

}  // namespace ml::profiler::advice
