#pragma once

// The module value of ML (language.md 3.16): members by name, live over the dict the module's code runs in,
// read-only from outside. Its twin is a plain Python module object on the same dict, which generated code may
// use where the compiler knows the module; a program never holds it.

#include "runtime/native/kinds.h"

namespace ml::native {

PyObject* module_name(PyObject* module);     // borrowed
PyObject* module_members(PyObject* module);  // borrowed dict

// New reference to a member; AttributeError when there is none, SecurityError for private names.
PyObject* module_get(PyObject* module, PyObject* name);

// Whether programs may read the name: no host names, and no private names of library modules.
bool module_shows(PyObject* module, PyObject* name);

int add_module_value(PyObject* module);

}  // namespace ml::native
