#include "runtime/native/profiler/bytecode.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <cstdint>

namespace ml::native::profiler {

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

}  // namespace ml::native::profiler
