#pragma once

// The compiler for Python: mlpy._core.compile.

#include "runtime/native/python.h"

namespace ml::core_module {

// compile(text, file, options) -> dict. The GIL is released while the compiler works.
//
// `text` is ML source as str, `file` its absolute path ("" when it is in no file), `options` a dict, every
// part of which may be missing: "import_paths" (folders), "host_names" (top-level variables the host sets),
// "extensions" (modules written in Python), "interactive" (unknown names may appear later), "source_map",
// "closed_folder" (no modules beside the file).
//
// The result: "bundle" (bytes of runtime/link/bundle.h; None when there are errors), "python" (text of the
// main module), "words" (identifiers in it), "source_map" (JSON text or None), "functions" and "names"
// (top-level names), "findings" (tuples of severity, code, message, hint, file, line, column,
// CWE number or 0, category or ""), "report"
// (findings as people read them), "dependencies" (files of other modules), "phases" (seconds by category).
PyObject* py_compile(PyObject* self, PyObject* args);

}  // namespace ml::core_module
