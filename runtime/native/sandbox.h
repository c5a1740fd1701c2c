#pragma once

// What the launcher needs of the kernel sandbox (runtime/sandbox/seal.h), as functions of the extension.

#include "runtime/native/python.h"

namespace ml::native {

// True, with a ResourceLimit set, when the exception is a MemoryError and the run has a limit of memory: a
// program cannot catch that.
bool refuse_memory_error(PyObject* exception);

int add_sandbox(PyObject* module);

}  // namespace ml::native
