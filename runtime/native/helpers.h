#pragma once

// The table of helpers that generated code finds in its built-ins (ARCHITECTURE.md, "Generated code"). Every
// file of this folder adds its own when the extension is loaded.

#include "runtime/native/python.h"

namespace ml::native {

// Both return -1 with an error set on failure.
int add_helpers(PyMethodDef* table);
int add_helper(const char* name,
               PyObject* value);  // borrowed; a type must be ready, garbage collection visits it

// Built-in functions of ML (print, len, ...) that are native; the standard library installs them under their
// names.
int add_builtin_functions(PyMethodDef* table);

int add_helper_table(PyObject* module);

}  // namespace ml::native
