#pragma once

// Profiles for Python: mlpy._core.profile_of, profile_report, profile_export. A profile is the text of its
// file (docs/profile-format.md) everywhere. ValueError says what is wrong with arguments.

#include "runtime/native/python.h"

namespace ml::core_module {

// profile_of(capture, main_file, sources, steps) -> str. `capture`: bytes of a capture, empty when nothing
// ran; `main_file`: absolute path that other paths are shown relative to; `sources`: dict of absolute paths
// and ML texts; `steps`: list of (category, name, seconds) that this process spent beside running.
PyObject* py_profile_of(PyObject* self, PyObject* args);

// profile_report(profile, kind) -> str. `profile`: str or bytes, which may be compressed; `kind`:
// "ml-summary" ...
PyObject* py_profile_report(PyObject* self, PyObject* args);

// profile_save(profile, main_file) -> path or None. Into the archive of the project of `main_file`
// (absolute), as `mlpy run --profile` does; what goes wrong is said on standard error.
PyObject* py_profile_save(PyObject* self, PyObject* args);

// profile_export(profile, format, weight) -> bytes in the format of another tool; `weight`: "time" or
// "bytes".
PyObject* py_profile_export(PyObject* self, PyObject* args);

}  // namespace ml::core_module
