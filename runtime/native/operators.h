#pragma once

// `+` of ML for library functions such as sum. The helpers for generated code are added to the helper table.

#include "runtime/native/kinds.h"

namespace ml::native {

PyObject* add(PyObject* a, PyObject* b);

int add_operators(PyObject* module);

}  // namespace ml::native
