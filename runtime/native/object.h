#pragma once

// The ML object: a dict whose subscript of a missing key is null and whose keys are string, number, boolean
// or null (language.md 3.9). Everything else (order, equality, truth, length) is dict's.

#include "runtime/native/kinds.h"

namespace ml::native {

PyObject* new_object();

// Turns a fresh, exact dict nobody else holds into an Object, in place. Takes over and returns the reference.
PyObject* adopt(PyObject* dict);

// Borrowed value of a key or nullptr (error set only for a key that no object can have).
PyObject* object_find(PyObject* object, PyObject* key);

// False with a TypeError set when no object may have this key.
bool check_key(PyObject* key);

int add_object(PyObject* module);

}  // namespace ml::native
