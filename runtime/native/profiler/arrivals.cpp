#include "runtime/native/profiler/arrivals.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <cstddef>
#include <set>

namespace ml::native::profiler {
namespace {

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

}  // namespace

void mark_arrivals(std::vector<Instruction>& code) {
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
  for (std::size_t i = 0; i < code.size(); ++i) {
    Instruction& now = code[i];
    const bool falls = i > 0 && !leaves(code[i - 1].opcode);
    now.counted_fall = (falls && now.counted_fall) || (now.handler && now.line >= 0 && !bound(now.opcode));
    if ((now.counted_fall || now.counted_jump) && only_passes_on(code, i))
      now.counted_fall = now.counted_jump = false;
  }
}

}  // namespace ml::native::profiler
