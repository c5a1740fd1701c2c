#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "profiler/figures/figures.h"
#include "profiler/model/profile.h"

namespace ml::profiler::advice {

// What a rule may look at.
struct Subject {
  const Profile& profile;
  const Figures& figures;
  std::vector<std::uint32_t> by_time;  // ML functions, most self time first

  // A share that rests on so many samples is firm.
  bool firm(std::uint64_t samples) const { return profile.collection.time == How::exact || samples >= 30; }
};

using Found = std::optional<Profile::Finding>;

// A rule about one function, `rank` being its place by self time. A new rule is a function and a row
// (functions.cpp, run.cpp, developer.cpp).
using FunctionRule = Found (*)(const Subject&, std::uint32_t function, std::size_t rank);
using RunRule = Found (*)(const Subject&);

void function_findings(const Subject& subject,
                       std::vector<Profile::Finding>& all);  // R1-R3, R8, R9, R11, R18
// R4-R7, R10, R12, R13, and better advice for R9 among those found so far.
void construct_findings(const Subject& subject, std::vector<Profile::Finding>& all);
void run_findings(const Subject& subject, std::vector<Profile::Finding>& all);        // R14-R17
void developer_findings(const Subject& subject, std::vector<Profile::Finding>& all);  // D1-D4

// The JSON value of a number or of text, for Finding::data.
std::string json(std::uint64_t value);
std::string json(const std::string& text);

// Time of the functions for which `of` is true, by the ML place that asked for it, through whatever stands
// between: (function, line) -> ns.
std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> ml_places(const Profile& profile,
                                                                           const std::vector<bool>& of);

// Calls of a function by the functions that made them, most first: (function or kNone, calls).
std::vector<std::pair<std::uint32_t, std::uint64_t>> calling_functions(const Profile::Function& function);

}  // namespace ml::profiler::advice
