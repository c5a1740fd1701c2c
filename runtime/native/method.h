#pragma once

// Function values that remember their receiver, and one-shot iterators.

#include "runtime/native/kinds.h"

namespace ml::native {

// `"abc".upper` or `pattern.search` as a value. `target` is either a MemberRef (members.h) or a Python
// callable that takes the receiver first.
PyObject* new_method(PyObject* receiver, PyObject* target, PyObject* name);
PyObject* method_name(PyObject* method);      // borrowed
PyObject* method_target(PyObject* method);    // borrowed
PyObject* method_receiver(PyObject* method);  // borrowed

// Wraps a Python iterator so that ML sees an "iterator" value. Takes over the reference; nullptr in, nullptr
// out.
PyObject* new_iterator(PyObject* python_iterator);

int add_methods(PyObject* module);

}  // namespace ml::native
