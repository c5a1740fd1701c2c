#pragma once

// Constructs whose cost grows faster than the data: the static rules of profiler-reports.md 4.2. They say
// what the text shows; whether it matters is for a profile to say (profiler/advice joins both), or for an
// editor. A hint names a line and an array, string or call; where that cannot be told for certain there is
// none.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"
#include "core/text/span.h"

namespace ml::advice {

enum class Rule : std::uint8_t {
  nested_loops,    // R4
  search_in_loop,  // R5
  recursion,       // R6: recursion without memo
  string_growth,   // R7
  copy,            // for R9: copies a collection
  temporaries,     // R10
  loop_condition,  // R12
  repeated_work,   // R13
};

// "R4" ... "R13".
std::string_view rule_id(Rule rule);

// A function as profiles name it.
struct FunctionPlace {
  std::string name;        // its own name; "(anonymous)", "(top level)"
  std::uint32_t line = 0;  // of its begin; 1 for top-level code; 0: no function
  friend bool operator==(const FunctionPlace&, const FunctionPlace&) = default;
};

// Spans are file offsets, lines count from 1.
struct Hint {
  Rule rule;
  FunctionPlace function;  // in which it stands
  std::uint32_t line = 0;  // of `span`
  Span span;               // R4: head of the inner loop; R6: name of the function; else the expression
  // The loop in which it happens (R4: the outer one): its head. Line 0: none.
  Span loop;
  std::uint32_t loop_line = 0;
  std::string name;         // R4, R5, R9: the array; R6: the function; R7: the string; R12, R13: the call
  std::uint32_t count = 0;  // R6: calls of itself; R10: arrays built, 0 for an object in a loop
  bool grows = false;       // R4: the outer loop adds to the array over which the inner one runs
  // R5, R12, R13: the function whose time it is when that is not `function`.
  FunctionPlace callee;
};

struct Subject {
  const ast::Module& module;
  const sema::Analysis& analysis;
  const Interner& names;
  const stdlib::Catalogue& library;
  std::string_view text;  // that `module` was built from
  // Nobody outside calls the module's functions: parameters then get types from the calls in it.
  bool closed_world = true;
};

// In order of lines, then rules. Pure; time goes with the size of the module. A module with findings may be
// asked about; items that did not parse have no hints.
std::vector<Hint> hints(const Subject& subject);

// The finding line of profiler-reports.md 4.2. `measured` is the number the rule wants to show: calls (R6) or
// iterations (R10 of an object, R12), such as "~1,200"; without it the text does without.
std::string finding_text(const Hint& hint, std::string_view measured = {});

// The words behind "Consider: ".
std::string consider_text(const Hint& hint);

}  // namespace ml::advice
