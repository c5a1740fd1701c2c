#pragma once

#include "runtime/native/python.h"

namespace ml::native {

// A Python range after ML's checks of the arguments of `range` (stdlib-core.md 4.2).
PyObject* checked_range(PyObject* const* args, Py_ssize_t count);

int add_counting(PyObject* module);

}  // namespace ml::native
