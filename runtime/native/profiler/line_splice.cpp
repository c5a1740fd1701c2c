#include "runtime/native/profiler/line_splice.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>
#include <cstddef>
#include <set>

#include "runtime/native/profiler/exception_rows.h"
#include "runtime/native/profiler/probe.h"

namespace ml::native::profiler {
namespace {

enum class Jump : char { none, forward, backward };

struct Instruction {
  std::size_t begin = 0, end = 0;  // old units, EXTENDED_ARG and caches included
  unsigned opcode = 0;
  std::size_t argument = 0;
  std::size_t extended = 0, caches = 0;
  std::size_t target = 0;  // index of the instruction it jumps to
  int line = -1;           // of the statement part it belongs to; -1: none
  bool handler = false;    // an exception leads here
  bool jumped_to = false;
  bool counts = false;               // its jump comes to another line, or back
  bool counted_jump = false;         // some jump to here counts
  bool counted_fall = false;         // falling into here counts
  int probe = -1;                    // own, or
  bool skip = false;                 // falling into here jumps over the probe
  std::size_t at_probe = 0, at = 0;  // new units
};

Jump jump_of(unsigned opcode) {
  switch (opcode) {
    case JUMP_FORWARD:
    case FOR_ITER:
    case SEND:
#if PY_VERSION_HEX >= 0x030c0000
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
#else
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
#endif
      return Jump::forward;
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
#if PY_VERSION_HEX < 0x030c0000
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
#endif
      return Jump::backward;
    default: return Jump::none;
  }
}

bool leaves(unsigned opcode) {  // never falls through
  switch (opcode) {
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case RETURN_VALUE:
    case RAISE_VARARGS:
    case RERAISE:
#if PY_VERSION_HEX >= 0x030c0000
    case RETURN_CONST:
#endif
      return true;
    default: return false;
  }
}

bool ends_statement(unsigned opcode) {
  if (jump_of(opcode) != Jump::none) return opcode != SEND;
  switch (opcode) {
    case STORE_FAST:
    case STORE_NAME:
    case STORE_GLOBAL:
    case STORE_DEREF:
    case STORE_ATTR:
    case STORE_SUBSCR:
    case DELETE_FAST:
    case DELETE_NAME:
    case DELETE_GLOBAL:
    case DELETE_DEREF:
    case DELETE_SUBSCR:
    case DELETE_ATTR:
    case POP_TOP:
    case POP_EXCEPT:
    case NOP:
    case RESUME:
#if PY_VERSION_HEX >= 0x030c0000
    case STORE_SLICE:
    case END_FOR:
#endif
#if PY_VERSION_HEX >= 0x030d0000
    case STORE_FAST_STORE_FAST:
#endif
      return true;
    default: return false;
  }
}

// Before these nothing may come: the interpreter takes them together with what leads to them.
bool bound(unsigned opcode) {
  switch (opcode) {
    case RESUME:
    case RETURN_GENERATOR:
    case MAKE_CELL:
    case COPY_FREE_VARS:
    case PUSH_EXC_INFO:
    case SEND:
#if PY_VERSION_HEX >= 0x030c0000
    case END_FOR:
    case END_SEND:
    case CLEANUP_THROW:
#endif
      return true;
    default: return false;
  }
}

// How likely an instruction is to be where control leaves: never, only in odd programs, at any time.
enum class Risk : char { none, odd, open };

Risk risk_of(unsigned opcode) {
  switch (opcode) {
    case LOAD_FAST:
    case LOAD_CONST:
    case STORE_FAST:
    case POP_TOP:
    case NOP:
    case COPY:
    case SWAP:
    case PUSH_NULL:
    case RESUME:
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
    case STORE_FAST_LOAD_FAST:
    case STORE_FAST_STORE_FAST:
#endif
      return Risk::none;
    case BINARY_OP:
    case COMPARE_OP:
    case IS_OP:
    case STORE_NAME:
    case STORE_GLOBAL:
    case STORE_DEREF:
    case LOAD_DEREF:
    case LOAD_CLOSURE:
    case LOAD_GLOBAL:
    case BUILD_LIST:
    case BUILD_TUPLE:
    case BUILD_MAP:
    case UNARY_NOT:
    case UNARY_NEGATIVE:
    case MAKE_FUNCTION: return Risk::odd;
    default: return Risk::open;
  }
}

bool parse(const CodeBytes& from, const std::vector<int>& line_of_unit, std::vector<Instruction>& to,
           std::vector<std::size_t>& index_of) {
  const std::size_t units = from.code.size() / 2;
  const auto op = [&](std::size_t u) { return static_cast<unsigned char>(from.code[2 * u]); };
  const auto arg = [&](std::size_t u) { return static_cast<unsigned char>(from.code[2 * u + 1]); };
  index_of.assign(units + 1, SIZE_MAX);
  for (std::size_t u = 0; u < units;) {
    Instruction i;
    i.begin = u;
    while (u < units && op(u) == EXTENDED_ARG) i.argument = (i.argument | arg(u++)) << 8, ++i.extended;
    if (u >= units) return false;
    i.opcode = op(u);
    i.argument |= arg(u);
    i.line = line_of_unit[u];
    for (++u; u < units && op(u) == CACHE; ++u) ++i.caches;
    i.end = u;
    index_of[i.begin] = to.size();
    to.push_back(i);
  }
  for (Instruction& i : to) {
    const Jump jump = jump_of(i.opcode);
    if (jump == Jump::none) continue;
    if (jump == Jump::backward && i.argument > i.end) return false;
    const std::size_t at = jump == Jump::forward ? i.end + i.argument : i.end - i.argument;
    if (at >= units || index_of[at] == SIZE_MAX) return false;
    i.target = index_of[at];
    to[i.target].jumped_to = true;
  }
  return true;
}

// Blocks that only put an exception on to whoever handles it next.
bool only_passes_on(const std::vector<Instruction>& code, std::size_t i) {
  for (; i < code.size(); ++i) {
    switch (code[i].opcode) {
      case RERAISE: return true;
      case PUSH_EXC_INFO:
      case COPY:
      case SWAP:
      case POP_EXCEPT:
      case POP_TOP:
      case LOAD_CONST:
      case DELETE_FAST:
      case DELETE_NAME:
      case DELETE_GLOBAL:
      case DELETE_DEREF: break;
      case STORE_FAST:
      case STORE_NAME:
      case STORE_GLOBAL:
      case STORE_DEREF: {  // `e = None; del e` at the end of a handler
        const unsigned next = i + 1 < code.size() ? code[i + 1].opcode : 0;
        if (next != DELETE_FAST && next != DELETE_NAME && next != DELETE_GLOBAL && next != DELETE_DEREF)
          return false;
        break;
      }
      default: return false;
    }
  }
  return false;
}

void choose(std::vector<Instruction>& code, const std::vector<ExceptionRow>& rows, bool share,
            LineProbes* to) {
  // Where falling or jumping into an instruction comes from another line.
  std::vector<int> from_line(code.size(), -1);  // line in effect after instruction i
  std::set<int> begun;                          // lines on which some statement begins
  // Twice: a copy of a `finally` may begin with the value to be returned on the stack, which looks like the
  // middle of an expression, but its lines begin statements elsewhere.
  for (int pass = 0; pass < 2; ++pass) {
    int line = -1;
    for (std::size_t i = 0; i < code.size(); ++i) {
      Instruction& now = code[i];
      const bool falls = i > 0 && !leaves(code[i - 1].opcode);
      if (!falls || now.handler) line = -1;
      const bool fresh = line == -1 || ends_statement(code[i - 1].opcode);
      now.counted_fall = now.line >= 0 && !bound(now.opcode) && now.line != line && i > 0 &&
                         (fresh || begun.contains(now.line));
      if (now.counted_fall && fresh) begun.insert(now.line);
      if (now.handler && bound(now.opcode)) {
        line = -1;
      } else if (now.opcode == RESUME && now.argument == 0) {
        line = -1;
      } else if (now.line >= 0 && (line == -1 || ends_statement(now.opcode) || now.counted_fall)) {
        line = now.line;
      }
      from_line[i] = line;
#if PY_VERSION_HEX >= 0x030d0000
      if (now.opcode == POP_TOP && i > 0 && code[i - 1].opcode == END_FOR) now.counted_fall = false;
#endif
    }
  }
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Jump jump = jump_of(code[i].opcode);
    if (jump == Jump::none || code[i].opcode == SEND) continue;
    Instruction& there = code[code[i].target];
    if (there.line < 0 || bound(there.opcode)) continue;
    const unsigned before = i > 0 ? code[i - 1].opcode : 0;
    // Without a look at interrupts it is the way out of an exception handler, not a loop.
    const bool round = jump == Jump::backward && code[i].opcode != JUMP_BACKWARD_NO_INTERRUPT &&
                       before != LIST_APPEND && before != SET_ADD && before != MAP_ADD;
    const bool comprehension = before == LIST_APPEND || before == SET_ADD || before == MAP_ADD;
    code[i].counts = round || (!comprehension && from_line[i] != there.line);
    there.counted_jump = there.counted_jump || code[i].counts;
  }
  int group = -1;
  bool open = false;  // control may have left since the group began
  for (std::size_t i = 0; i < code.size(); ++i) {
    Instruction& now = code[i];
    const bool falls = i > 0 && !leaves(code[i - 1].opcode);
    if (now.jumped_to || now.handler || !falls || jump_of(code[i - 1].opcode) != Jump::none) group = -1;
    const bool wanted = (falls && now.counted_fall) || now.counted_jump ||
                        (now.handler && now.line >= 0 && !bound(now.opcode));
    if (wanted && !only_passes_on(code, i)) {
      if (share && group >= 0 && !open && !now.counted_jump) {
        to->lines[static_cast<std::size_t>(group)].push_back(static_cast<std::uint32_t>(now.line));
      } else {
        group = now.probe = static_cast<int>(to->lines.size());
        to->lines.push_back({static_cast<std::uint32_t>(now.line)});
        now.skip = falls && !now.counted_fall;
        open = false;
      }
    }
    const bool watched = std::any_of(rows.begin(), rows.end(), [&](const ExceptionRow& row) {
      return now.begin >= row.start && now.begin < row.start + row.length;
    });
    const Risk risk = risk_of(now.opcode);
    open = open || risk == Risk::open || (risk == Risk::odd && watched);
  }
}

std::size_t argument_units(std::size_t argument) {
  return argument >> 24 != 0 ? 3 : argument >> 16 != 0 ? 2 : argument >> 8 != 0 ? 1 : 0;
}

void put(std::string& to, unsigned opcode, std::size_t argument, std::size_t extended) {
  for (; extended > 0; --extended) {
    to.push_back(static_cast<char>(EXTENDED_ARG));
    to.push_back(static_cast<char>(argument >> (8 * extended) & 255));
  }
  to.push_back(static_cast<char>(opcode));
  to.push_back(static_cast<char>(argument & 255));
}

// Where a jump from `i` lands: on the probe if it counts, else behind it.
std::size_t landing(const std::vector<Instruction>& code, const Instruction& i) {
  const Instruction& there = code[i.target];
  return i.counts ? there.at_probe : there.at;
}

}  // namespace

bool splice_lines(const CodeBytes& from, const std::vector<int>& line_of_unit, std::uint32_t first_constant,
                  ml::profiler::Counting backend, LineProbes* to, bool share) {
  std::vector<Instruction> code;
  std::vector<std::size_t> index_of;
  if (backend == Counting::none || line_of_unit.size() * 2 != from.code.size() ||
      !parse(from, line_of_unit, code, index_of))
    return false;
  const std::vector<ExceptionRow> rows = exception_rows(from.exceptions);
  for (const ExceptionRow& row : rows) {
    const std::size_t end = row.start + row.length;
    if (end >= index_of.size() || row.target >= index_of.size() || index_of[row.start] == SIZE_MAX ||
        index_of[row.target] == SIZE_MAX || (index_of[end] == SIZE_MAX && 2 * end != from.code.size()))
      return false;
    code[index_of[row.target]].handler = true;
  }
  to->lines.clear();
  choose(code, rows, share, to);
  if (to->lines.empty()) return false;

  const auto probe_of = [&](const Instruction& i) {
    std::string made;
    const std::size_t constant = first_constant + static_cast<std::size_t>(i.probe);
    put(made, LOAD_CONST, constant, argument_units(constant));
    if (needs_operation(backend)) put(made, UNARY_NEGATIVE, 0, 0);
    put(made, POP_TOP, 0, 0);
    return made;
  };
  std::size_t units = 0;
  for (bool settled = false; !settled;) {
    settled = true;
    units = 0;
    for (Instruction& i : code) {
      i.at_probe = units + (i.skip ? 1 : 0);
      i.at = i.at_probe + (i.probe >= 0 ? probe_of(i).size() / 2 : 0);
      units = i.at + i.extended + 1 + i.caches;
    }
    for (Instruction& i : code) {
      const Jump jump = jump_of(i.opcode);
      if (jump == Jump::none) continue;
      const std::size_t end = i.at + i.extended + 1 + i.caches, there = landing(code, i);
      if ((jump == Jump::forward) != (there >= end)) return false;
      i.argument = jump == Jump::forward ? there - end : end - there;
      if (argument_units(i.argument) <= i.extended) continue;
      i.extended = argument_units(i.argument);
      settled = false;
    }
  }

  std::vector<std::size_t> moved(from.code.size() / 2 + 1,
                                 units);  // old unit -> where what precedes it begins
  to->code = {};
  for (const Instruction& i : code) {
    const std::size_t begin = i.at_probe - (i.skip ? 1 : 0);
    for (std::size_t u = i.begin; u < i.end; ++u) moved[u] = begin;
    const std::string probe = i.probe >= 0 ? probe_of(i) : std::string();
    if (i.skip) put(to->code.code, JUMP_FORWARD, probe.size() / 2, 0);
    to->code.code += probe;
    put(to->code.code, i.opcode, i.argument, i.extended);
    to->code.code.append(2 * i.caches, '\0');
    // Within an instruction units keep their distance from its end.
    for (std::size_t u = i.begin + 1; u < i.end; ++u) moved[u] = to->code.code.size() / 2 - (i.end - u);
  }
  for (const ExceptionRow& row : rows) {
    const std::size_t start = moved[row.start], end = moved[row.start + row.length];
    const Instruction& handler = code[index_of[row.target]];
    put_exception_row(to->code.exceptions, {start, end - start, handler.at_probe, row.depth_and_flag});
  }
  std::size_t unit = 0;
  for (std::size_t i = 0; i < from.locations.size();) {
    const auto head = static_cast<unsigned char>(from.locations[i]);
    const std::size_t length = (head & 7u) + 1;
    std::size_t end = i + 1;
    while (end < from.locations.size() && (static_cast<unsigned char>(from.locations[end]) & 0x80u) == 0)
      ++end;
    if (unit + length >= moved.size()) return false;
    const std::size_t wide = moved[unit + length] - moved[unit];
    put_location(to->code.locations, (head >> 3) & 15u,
                 std::string_view(from.locations).substr(i + 1, end - i - 1), wide);
    unit += length;
    i = end;
  }
  to->code.stack_size = from.stack_size + 1;
  return true;
}

}  // namespace ml::native::profiler
