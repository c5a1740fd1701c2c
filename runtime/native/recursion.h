#pragma once

#include "runtime/native/python.h"

namespace ml::native {

// set_recursion_limit(n), recursion_limit(): nested calls of ML functions that are allowed. Never more than
// the C stack can hold; exceeding it is Python's RecursionError.
int add_recursion(PyObject* module);

}  // namespace ml::native
