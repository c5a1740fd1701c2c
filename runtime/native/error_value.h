#pragma once

// What `except (e)` binds (language.md 3.14). It keeps the Python exception, which no program can reach, and
// the code positions of the stack at the time of the catch; texts and ML places are computed when somebody
// asks.

#include "runtime/native/kinds.h"

namespace ml::native {

// New references. Both may run runtime/python/mlpy/runtime/errors.py for errors that CPython raised.
PyObject* error_message(PyObject* error);
PyObject* error_type(PyObject* error);

// Property of an error value: the thrown object's key, else a name of 3.14, else null.
PyObject* error_get(PyObject* error, PyObject* name);

// Array of the names a program can list: the thrown object's keys, else message and type.
PyObject* error_keys(PyObject* error);

// Whether the error value has the property (thrown key or name of 3.14).
bool error_has(PyObject* error, PyObject* name);

int add_error_value(PyObject* module);

}  // namespace ml::native
