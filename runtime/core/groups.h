#pragma once

// Control groups (runtime/sandbox/group.h) for the processes that run programs of Python. A group is a
// capsule; it is ended and removed with it.

#include "runtime/native/python.h"

namespace ml::core_module {

// group_make() -> group, or None when there can be none here.
PyObject* py_group_make(PyObject* self, PyObject* none);

// group_folder(group) -> int: the open folder, for _native.sandbox_fork; it belongs to the group.
PyObject* py_group_folder(PyObject* self, PyObject* group);

// group_limit(group, memory, tasks): bytes, processes and threads; 0: any.
PyObject* py_group_limit(PyObject* self, PyObject* args);

// group_out_of_memory(group) -> int: grows whenever its processes are ended for that.
PyObject* py_group_out_of_memory(PyObject* self, PyObject* group);

// group_empty(group) -> bool: whether nothing is in it.
PyObject* py_group_empty(PyObject* self, PyObject* group);

}  // namespace ml::core_module
