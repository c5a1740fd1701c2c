#include "runtime/native/profiler/relocate.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>
#include <string_view>

#include "runtime/native/profiler/stack_depth.h"

namespace ml::native::profiler {
namespace {

constexpr std::size_t kPushesPosition = 1;  // lowest bit of ExceptionRow::depth_and_flag
constexpr unsigned kNoLocation = 15;
constexpr int kInserted = 1;   // values that inserted code puts on the stack
constexpr int kException = 2;  // an exception and where it comes from

struct Spot {  // new units
  std::size_t begin = 0, arrival = 0, always = 0, at = 0, end = 0;
  bool skip = false;  // falling into it jumps over what counts arrivals
};

// Where a jump, or an exception, lands.
std::size_t landing(const Spot& spot, bool arrives) { return arrives ? spot.arrival : spot.always; }

bool place(std::vector<Instruction>& code, const std::vector<Insertion>& insertions,
           std::vector<Spot>& spots) {
  for (bool settled = false; !settled;) {
    settled = true;
    std::size_t unit = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
      Spot& s = spots[i];
      const Insertion& in = insertions[i];
      s.begin = unit;
      s.skip = !in.arrival.empty() && !code[i].counted_fall && i > 0 && !leaves(code[i - 1].opcode);
      s.arrival = s.begin + in.fall.size() / 2 + (s.skip ? 1 : 0);
      s.always = s.arrival + in.arrival.size() / 2;
      s.at = s.always + in.always.size() / 2;
      unit = s.end = s.at + code[i].extended + 1 + code[i].caches;
    }
    for (std::size_t i = 0; i < code.size(); ++i) {
      Instruction& now = code[i];
      const Jump jump = jump_of(now.opcode);
      if (jump == Jump::none) continue;
      const std::size_t end = spots[i].end, there = landing(spots[now.target], now.counts);
      if ((jump == Jump::forward) != (there >= end)) return false;
      now.argument = jump == Jump::forward ? there - end : end - there;
      if (argument_units(now.argument) <= now.extended) continue;
      now.extended = argument_units(now.argument);
      settled = false;
    }
  }
  return true;
}

}  // namespace

bool relocate(const CodeBytes& from, std::vector<Instruction> code, const std::vector<std::size_t>& index_of,
              const std::vector<ExceptionRow>& rows, const std::vector<Insertion>& insertions,
              const std::vector<Detour>& detours, CodeBytes* to) {
  std::vector<Spot> spots(code.size());
  if (!place(code, insertions, spots)) return false;
  const std::size_t units = spots.back().end;
  std::vector<std::size_t> moved(from.code.size() / 2 + 1,
                                 units);  // old unit -> where what precedes it begins
  *to = {};
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Instruction& now = code[i];
    to->code += insertions[i].fall;
    if (spots[i].skip) put(to->code, JUMP_FORWARD, insertions[i].arrival.size() / 2, 0);
    to->code += insertions[i].arrival;
    to->code += insertions[i].always;
    put(to->code, now.opcode, now.argument, now.extended);
    to->code.append(2 * now.caches, '\0');
    // Within an instruction units keep their distance from its end.
    moved[now.begin] = spots[i].begin;
    for (std::size_t u = now.begin + 1; u < now.end; ++u) moved[u] = spots[i].end - (now.end - u);
  }

  // Whose exceptions go where: by instruction, its row, and its detour.
  std::vector<const ExceptionRow*> row_of(code.size(), nullptr);
  for (const ExceptionRow& row : rows)
    for (std::size_t u = row.start; u < row.start + row.length; ++u)
      if (index_of[u] != SIZE_MAX) row_of[index_of[u]] = &row;
  std::vector<std::size_t> detour_of(code.size(), SIZE_MAX);
  std::vector<std::size_t> detour_at(detours.size());
  for (std::size_t d = 0; d < detours.size(); ++d) {
    for (std::size_t i = detours[d].begin; i < detours[d].end; ++i) detour_of[i] = d;
    detour_at[d] = to->code.size() / 2;
    to->code += detours[d].code;
    put(to->code, RERAISE, 1, 0);
  }
  const auto target = [&](const ExceptionRow& row) {
    const std::size_t handler = index_of[row.target];
    return landing(spots[handler], code[handler].counted_fall || code[handler].counted_jump);
  };
  for (std::size_t i = 0; i < code.size();) {
    std::size_t next = i + 1;
    while (next < code.size() && row_of[next] == row_of[i] && detour_of[next] == detour_of[i]) ++next;
    const ExceptionRow* row = row_of[i];
    const std::size_t start = spots[i].begin, length = spots[next - 1].end - start;
    if (detour_of[i] != SIZE_MAX) {
      const std::size_t depth = row == nullptr ? 0 : row->depth_and_flag & ~kPushesPosition;
      put_exception_row(to->exceptions, {start, length, detour_at[detour_of[i]], depth | kPushesPosition});
    } else if (row != nullptr) {
      put_exception_row(to->exceptions, {start, length, target(*row), row->depth_and_flag});
    }
    i = next;
  }
  for (std::size_t d = 0; d < detours.size(); ++d) {
    const ExceptionRow* row = row_of[detours[d].begin];
    if (row == nullptr) continue;
    const std::size_t end = d + 1 < detours.size() ? detour_at[d + 1] : to->code.size() / 2;
    put_exception_row(to->exceptions, {detour_at[d], end - detour_at[d], target(*row), row->depth_and_flag});
  }

  std::size_t unit = 0;
  for (std::size_t i = 0; i < from.locations.size();) {
    const auto head = static_cast<unsigned char>(from.locations[i]);
    const std::size_t length = (head & 7u) + 1;
    std::size_t end = i + 1;
    while (end < from.locations.size() && (static_cast<unsigned char>(from.locations[end]) & 0x80u) == 0)
      ++end;
    if (unit + length >= moved.size()) return false;
    put_location(to->locations, (head >> 3) & 15u,
                 std::string_view(from.locations).substr(i + 1, end - i - 1),
                 moved[unit + length] - moved[unit]);
    unit += length;
    i = end;
  }
  if (!detours.empty()) put_location(to->locations, kNoLocation, {}, to->code.size() / 2 - units);
  to->stack_size = from.stack_size;
  const auto holds = [&](int values) { to->stack_size = std::max(to->stack_size, values); };
  const std::vector<int> depths = stack_depths(code, index_of, rows, from.stack_size);
  for (std::size_t i = 0; i < code.size(); ++i)
    if (!insertions[i].empty()) holds(depths[i] + kInserted);
  for (const Detour& detour : detours) {
    const ExceptionRow* row = row_of[detour.begin];
    holds((row == nullptr ? 0 : kept_depth(*row)) + kException + kInserted);
  }
  return true;
}

}  // namespace ml::native::profiler
