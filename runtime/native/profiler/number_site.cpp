#include "runtime/native/profiler/number_site.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

namespace ml::native::profiler {
namespace {

// Neither raises nor runs other code nor leads elsewhere.
bool passes(unsigned opcode) {
  switch (opcode) {
    case LOAD_FAST:
    case LOAD_CONST:
    case STORE_FAST:
    case NOP:
    case COPY:
    case SWAP:
    case PUSH_NULL:
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
    case STORE_FAST_LOAD_FAST:
    case STORE_FAST_STORE_FAST:
#endif
      return true;
    default: return false;
  }
}

// Whether an operation with a number on the right never takes a reference to it. Repetition of a text or an
// array does, and so does a power. The remainder of a text would, too: but that is a formatted text, which
// the emitter lets no program get.
bool only_looks(const Instruction& operation) {
  if (operation.opcode == COMPARE_OP) return true;
  if (operation.opcode != BINARY_OP) return false;
  switch (operation.argument) {
    case NB_ADD:
    case NB_SUBTRACT:
    case NB_REMAINDER:
    case NB_FLOOR_DIVIDE:
    case NB_TRUE_DIVIDE: return true;
    default: return false;
  }
}

}  // namespace

std::optional<std::size_t> number_site(const std::vector<Instruction>& code, std::size_t begin,
                                       const std::vector<bool>& numbers) {
  for (std::size_t i = begin; i + 1 < code.size(); ++i) {
    const Instruction& now = code[i];
    if (i > begin && (now.jumped_to || now.handler)) break;
    if (now.opcode == LOAD_CONST && now.argument < numbers.size() && numbers[now.argument] &&
        only_looks(code[i + 1]) && !code[i + 1].jumped_to)
      return i;
    if (!passes(now.opcode)) break;
  }
  return std::nullopt;
}

}  // namespace ml::native::profiler
