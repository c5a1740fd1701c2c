#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/native/profiler/bytecode.h"
#include "runtime/native/profiler/exception_rows.h"

namespace ml::native::profiler {

// A sum of counters: each taken `times` times (1 or -1).
struct Term {
  std::uint32_t counter;
  int times;
};
using Sum = std::vector<Term>;

struct LineSum {
  std::uint32_t line;
  Sum hits;
};

// Where counters go so that the executions of every line follow from them. What comes into a piece of code
// goes out of it again, so only some pieces are counted: those that run least, none in the rounds of a loop
// whose iterator knows how far it came. Control that an exception takes out of a piece is counted on its way.
struct LinePlan {
  enum class Place : char {
    fall,     // counts falling into the instruction only
    arrival,  // counts what comes to its line, not what was there already
    always,   // counts everything that comes to the instruction
  };
  struct Probe {
    std::size_t instruction;
    Place place;
    std::uint32_t counter;
  };
  struct Meter {
    std::size_t instruction;  // the FOR_ITER whose rounds it counts
    std::uint32_t counter;
  };
  struct Escape {  // exceptions raised by instructions [begin, end)
    std::size_t begin, end;
    std::uint32_t counter;
  };
  std::uint32_t counters = 0;
  std::vector<Probe> probes;
  std::vector<Meter> meters;
  std::vector<Escape> escapes;
  std::vector<LineSum> lines;
  Sum calls;  // of the function; counter kEntry in it, or here, is the one at its entry

  static constexpr std::uint32_t kEntry = UINT32_MAX;  // counted by whoever counts calls
};

struct PlanOptions {
  const std::vector<bool>& numbers;  // constants that can count (number_site.h): next to no cost
  bool calls_follow = false;         // the calls may follow from other counters; else the entry counts them
  bool cheap_entry = false;          // counting there costs half of what it does elsewhere
};

// Plans the counters of `code`, whose arrivals are marked. Nothing where the code does not allow it. Pure.
std::optional<LinePlan> plan_lines(const std::vector<Instruction>& code,
                                   const std::vector<ExceptionRow>& rows, const PlanOptions& options);

}  // namespace ml::native::profiler
