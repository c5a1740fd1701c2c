#pragma once

#include "runtime/native/python.h"

namespace ml::native {

// rewrite(code, ml_file, rows): code objects that name ML files, lines, columns and functions
// (ARCHITECTURE.md, "Generated code"). functions(code): what a profiler needs to name them.
int add_rewrite(PyObject* module);

}  // namespace ml::native
