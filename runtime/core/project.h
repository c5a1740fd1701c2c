#pragma once

// Project files for Python: the reader of the command (cli/project/project_file.h).

#include "runtime/native/python.h"

namespace ml::core_module {

// read_project(bytes, file) -> str: JSON `{"values": {key: value}, "problems": [[key, text, is error],
// ...]}`.
PyObject* py_read_project(PyObject* self, PyObject* args);

// project_file_above(folder) -> str or None: the project file that counts for a folder (absolute).
PyObject* py_project_file_above(PyObject* self, PyObject* folder);

// project_keys() -> str: JSON `[[name, kind, default], ...]`.
PyObject* py_project_keys(PyObject* self, PyObject* none);

}  // namespace ml::core_module
