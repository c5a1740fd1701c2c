#pragma once

// The debug adapter (editor-protocols.md sections 5 and 6).

#include "wire/transport.h"

namespace ml::dap {

// `mlpy dap`, `mlpy debug-adapter` and `mlpy-dap` with the arguments behind that. Exit code of the process; 2
// for wrong arguments.
int dap_main(int argc, const char* const* argv);

}  // namespace ml::dap
