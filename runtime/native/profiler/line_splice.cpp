#include "runtime/native/profiler/line_splice.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <cstddef>
#include <string>

#include "runtime/native/profiler/arrivals.h"
#include "runtime/native/profiler/bytecode.h"
#include "runtime/native/profiler/iterator_meter.h"
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

bool splice_counters(const CodeBytes& from, const std::vector<int>& line_of_unit,
                     std::uint32_t first_constant, ml::profiler::Counting backend, bool calls_follow,
                     LineCounters* to) {
  Parsed parsed;
  if (backend == ml::profiler::Counting::none || !take_apart(from, line_of_unit, parsed)) return false;
  const auto plan =
      plan_lines(parsed.code, parsed.rows, kIteratorsCount, calls_follow, leaves_constant(backend));
  if (!plan || plan->lines.empty()) return false;
  std::vector<Insertion> insertions(parsed.code.size());
  for (const LinePlan::Probe& p : plan->probes) {
    Insertion& at = insertions[p.instruction];
    (p.place == LinePlan::Place::fall      ? at.fall
     : p.place == LinePlan::Place::arrival ? at.arrival
                                           : at.always) += probe(first_constant + p.counter, backend);
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
