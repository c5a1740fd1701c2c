#include "runtime/native/profiler/line_splice.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <cstddef>
#include <string>
#include <utility>

#include "runtime/native/profiler/arrivals.h"
#include "runtime/native/profiler/bytecode.h"
#include "runtime/native/profiler/iterator_meter.h"
#include "runtime/native/profiler/number_site.h"
#include "runtime/native/profiler/probe.h"
#include "runtime/native/profiler/relocate.h"

namespace ml::native::profiler {
namespace {

struct Parsed {
  std::vector<Instruction> code;
  std::vector<std::size_t> index_of;
  std::vector<ExceptionRow> rows;
};

bool take_apart(const CodeBytes& from, const std::vector<int>& line_of_unit, Parsed& to) {
  if (line_of_unit.size() * 2 != from.code.size() || !parse(from, line_of_unit, to.code, to.index_of))
    return false;
  to.rows = exception_rows(from.exceptions);
  const auto& begins = to.index_of;
  for (const ExceptionRow& row : to.rows) {
    const std::size_t end = row.start + row.length;
    if (end >= begins.size() || row.target >= begins.size() || begins[row.start] == SIZE_MAX ||
        begins[row.target] == SIZE_MAX || (begins[end] == SIZE_MAX && 2 * end != from.code.size()))
      return false;
    to.code[begins[row.target]].handler = true;
  }
  mark_arrivals(to.code);
  return true;
}

std::string load(std::size_t constant) {
  std::string made;
  put(made, LOAD_CONST, constant, argument_units(constant));
  return made;
}

std::string probe(std::size_t constant, ml::profiler::Counting backend) {
  std::string made = load(constant);
  if (needs_operation(backend)) put(made, UNARY_NEGATIVE, 0, 0);
  put(made, POP_TOP, 0, 0);
  return made;
}

// A statement that goes over a range begins with the function that makes it.
void mark_ranges(std::vector<Instruction>& code, const std::vector<bool>& names) {
  for (std::size_t i = 1; i < code.size(); ++i) {
    if (code[i].opcode != GET_ITER || code[i - 1].opcode != CALL) continue;
    std::size_t begin = i;
    while (begin > 0 && !ends_statement(code[begin - 1].opcode) && !code[begin].jumped_to &&
           !code[begin].handler)
      --begin;
    while (begin < i && code[begin].opcode == PUSH_NULL) ++begin;
    const Instruction& first = code[begin];
    const std::size_t name = first.opcode == LOAD_GLOBAL ? first.argument >> 1
                             : first.opcode == LOAD_NAME ? first.argument
                                                         : names.size();
    code[i].over_range = name < names.size() && names[name];
  }
}

}  // namespace

bool splice_sites(const CodeBytes& from, const std::vector<int>& line_of_unit, std::uint32_t first_constant,
                  ml::profiler::Counting backend, LineSites* to) {
  Parsed parsed;
  if (backend == ml::profiler::Counting::none || !take_apart(from, line_of_unit, parsed)) return false;
  std::vector<Insertion> insertions(parsed.code.size());
  to->lines.clear();
  for (std::size_t i = 0; i < parsed.code.size(); ++i) {
    const Instruction& now = parsed.code[i];
    if (!now.counted_fall && !now.counted_jump) continue;
    insertions[i].arrival = probe(first_constant + to->lines.size(), backend);
    to->lines.push_back(static_cast<std::uint32_t>(now.line));
  }
  return !to->lines.empty() &&
         relocate(from, parsed.code, parsed.index_of, parsed.rows, insertions, {}, &to->code);
}

bool splice_counters(const CodeBytes& from, const std::vector<int>& line_of_unit, const Loads& loads,
                     std::uint32_t first_constant, ml::profiler::Counting backend, bool calls_follow,
                     LineCounters* to) {
  Parsed parsed;
  if (backend == ml::profiler::Counting::none || !take_apart(from, line_of_unit, parsed)) return false;
  mark_ranges(parsed.code, loads.ranges);
  const PlanOptions options{loads.numbers, calls_follow, leaves_constant(backend)};
  const auto plan = plan_lines(parsed.code, parsed.rows, options);
  if (!plan || plan->lines.empty()) return false;
  std::vector<Insertion> insertions(parsed.code.size());
  to->numbers.assign(plan->counters, std::nullopt);
  for (const LinePlan::Probe& p : plan->probes) {
    const std::size_t constant = first_constant + p.counter;
    const auto site = p.place == LinePlan::Place::arrival
                          ? std::nullopt
                          : number_site(parsed.code, p.instruction, loads.numbers);
    if (site && parsed.code[*site].extended == 0 && constant < 256) {
      to->numbers[p.counter] = std::exchange(parsed.code[*site].argument, constant);
      continue;
    }
    Insertion& at = insertions[p.instruction];
    (p.place == LinePlan::Place::fall      ? at.fall
     : p.place == LinePlan::Place::arrival ? at.arrival
                                           : at.always) += probe(constant, backend);
  }
  to->meters.assign(plan->counters, false);
  for (const LinePlan::Meter& m : plan->meters) {
    to->meters[m.counter] = true;
    insertions[m.instruction].fall += meter_operation(first_constant + m.counter);
  }
  std::vector<Detour> detours;
  for (const LinePlan::Escape& e : plan->escapes)
    detours.push_back({e.begin, e.end, probe(first_constant + e.counter, backend)});
  to->lines = plan->lines;
  to->calls = plan->calls;
  return relocate(from, parsed.code, parsed.index_of, parsed.rows, insertions, detours, &to->code);
}

}  // namespace ml::native::profiler
