#pragma once

// Values that cross to another process or are lent to a program of this one.

#include "runtime/native/python.h"

namespace ml::core_module {

// pack(value) -> bytes: null, booleans, integers of any size, floats, strings, lists and dicts with scalar
// keys. Anything else, nesting deeper than 1,000 and cycles raise ValueError(problem, path) where path is
// like "a[3].b". `pack(value, convert)` asks convert(value) for a replacement of what is none of these.
PyObject* py_pack(PyObject* self, PyObject* const* args, Py_ssize_t count);
// unpack(bytes, as_objects=False) -> the value. Trusts nothing: ValueError when the bytes are damaged.
// `as_objects`: dicts become ML objects.
PyObject* py_unpack(PyObject* self, PyObject* const* args, Py_ssize_t count);

// lend(value): turns every dict inside lists and dicts into an ML object, in place: it stays the same object.
// ValueError(problem, path) for a dict with keys ML does not have.
PyObject* py_lend(PyObject* self, PyObject* value);
// take_back(value): the reverse.
PyObject* py_take_back(PyObject* self, PyObject* value);

// Makes ML's object type known; once.
void set_object_type(PyTypeObject* type);

}  // namespace ml::core_module
