#pragma once

// Native built-in functions of ML (stdlib-core.md section 4): the ones programs call in their inner loops.
// The standard library adds the others.

#include "runtime/native/python.h"

namespace ml::native {

int add_number_builtins(PyObject* module);
int add_sequence_builtins(PyObject* module);
int add_output_builtins(PyObject* module);

}  // namespace ml::native
