#include "core/advice/hints.h"

#include <algorithm>
#include <tuple>

#include "core/advice/facts.h"
#include "core/emit/survey.h"

namespace ml::advice {
namespace {

std::string line_text(std::uint32_t line) { return "Line " + std::to_string(line); }

std::string iterations(std::string_view measured) {
  return measured.empty() ? std::string("each iteration")
                          : "each of " + std::string(measured) + " iterations";
}

}  // namespace

std::string_view rule_id(Rule rule) {
  constexpr std::string_view kIds[] = {"R4", "R5", "R6", "R7", "R9", "R10", "R12", "R13"};
  return kIds[static_cast<std::size_t>(rule)];
}

Hint hint_at(const World& world, Rule rule, BodyNo body, Span where, LoopNo loop) {
  Hint hint{rule};
  hint.function = world.facts.bodies[body].place;
  hint.span = where;
  hint.line = world.lines.line_of(where.begin);
  if (loop != kNone) {
    hint.loop = world.facts.loops[loop].head;
    hint.loop_line = world.lines.line_of(hint.loop.begin);
  }
  return hint;
}

std::vector<Hint> hints(const Subject& subject) {
  const emit::EmitOptions options{subject.closed_world, {}};
  const emit::Program program(subject.module, subject.analysis, subject.names, subject.library, options);
  emit::Surveyor surveyor(program);
  std::vector<emit::Constraint> constraints;
  for (std::uint32_t i = 0; i < subject.module.items.size(); ++i)
    if (!subject.module.items[i].item->too_deep) surveyor.item(i, constraints);
  emit::Inference types(program);
  types.extend(constraints);
  types.solve();
  World world(subject, program, types);
  gather(world);
  std::vector<Hint> found;
  loop_hints(world, found);
  function_hints(world, found);
  const auto key = [](const Hint& h) { return std::tuple(h.line, h.rule, h.span.begin, h.span.end); };
  std::stable_sort(found.begin(), found.end(), [&](const Hint& a, const Hint& b) { return key(a) < key(b); });
  const auto same = [&](const Hint& a, const Hint& b) {
    return a.line == b.line && a.rule == b.rule && a.name == b.name && a.function == b.function;
  };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

std::string finding_text(const Hint& h, std::string_view measured) {
  switch (h.rule) {
    case Rule::nested_loops:
      return "Lines " + std::to_string(h.loop_line) + " and " + std::to_string(h.line) +
             " loop over the same array \"" + h.name + "\" (work grows with its square)";
    case Rule::search_in_loop:
      return line_text(h.line) + " searches the array \"" + h.name +
             "\" inside a loop (each search is a full pass)";
    case Rule::recursion: {
      const std::string calls = measured.empty() ? "" : " (" + std::string(measured) + " calls in this run)";
      return "Calls itself at " + std::to_string(h.count) + " places and keeps no results" + calls;
    }
    case Rule::string_growth:
      return line_text(h.line) + " appends to the string \"" + h.name +
             "\" inside a loop (every step copies it)";
    case Rule::copy: return line_text(h.line) + " copies \"" + h.name + '"';
    case Rule::temporaries:
      if (h.count != 0)
        return line_text(h.line) + " builds " + std::to_string(h.count) + " temporary arrays per call";
      return line_text(h.line) + " creates an object on " + iterations(measured);
    case Rule::loop_condition:
      return line_text(h.line) + " evaluates " + h.name + " again on " + iterations(measured);
    case Rule::repeated_work:
      return line_text(h.line) + " computes " + h.name + " again with the same arguments";
  }
  return {};
}

std::string consider_text(const Hint& h) {
  switch (h.rule) {
    case Rule::nested_loops: return "one pass that stores each key in an object and looks it up";
    case Rule::search_in_loop: return "building an object from it once and testing obj[key]";
    case Rule::recursion: return "storing results in an object keyed by the argument";
    case Rule::string_growth: return "collecting the parts in an array and joining once";
    case Rule::copy: return "avoiding the copy of \"" + h.name + "\" at line " + std::to_string(h.line);
    case Rule::temporaries: return "one loop that does all steps";
    case Rule::loop_condition: return "storing it in a variable before the loop";
    case Rule::repeated_work: return "moving it before the loop";
  }
  return {};
}

}  // namespace ml::advice
