#pragma once

// The part of the debug agent that runs while the program runs. The rest of it is Python
// (runtime/python/mlpy/runtime/debugging).

#include "runtime/native/python.h"

namespace ml::native {

// debug_splice, debug_adopt, debug_start, debug_breakpoint, debug_go, debug_exceptions, debug_record,
// debug_history, debug_store, debug_trace_here, debug_watch, debug_goto.
int add_debugger(PyObject* module);

}  // namespace ml::native
