#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string_view>
#include <vector>

#include "runtime/native/profiler/registry.h"

namespace ml::native::profiler {

// A copy of one code object with an entry probe of `backend`, its nested code objects replaced by `nested` (a
// tuple the size of co_consts, or null to keep them). `*probe_index` says where the probe is in the copy's
// constants; -1 if it has no entry we know (then it is not counted). Its lines are counted too if `lines` is
// given: it is filled; with its
// `calls_follow` set, the calls may follow from them: then there is no entry probe, *probe_index is -1 and
// lines->calls has no LinePlan::kEntry. New reference, or null with a Python error.
//
// `numbers`: numbers in the code may count (number_site.h).
PyObject* with_probe(PyObject* code, Counting backend, PyObject* nested, Py_ssize_t* probe_index,
                     CodeCounters* lines = nullptr, bool numbers = false);

// Instruments and registers the code of a module with everything in it: dotted ML names, comprehensions
// folded into the function they stand in. The registry's counting backend is used. New reference, or null
// with a Python error.
PyObject* instrument_module(Registry& registry, PyObject* code, std::string_view ml_file);

// Registers the code of a module that runs already, as it is: its time is measured, its calls are not
// counted. False with a Python error.
bool follow_module(Registry& registry, PyObject* code, std::string_view ml_file);

// Makes a Python function of the library, or a guard (runtime_overhead), count its calls under `name`: it
// gets a copy of its code with a probe. If its code is registered already nothing changes. False with a
// Python error.
bool count_function(Registry& registry, PyObject* function, std::string_view name, Category category);

// Registers the functions of every loaded Python module whose name starts with `prefix`, so that time in them
// is told from time in libraries. False with a Python error.
bool register_package(Registry& registry, const char* prefix, Category category, FunctionKind kind,
                      Role role = Role::ordinary);

// Registers the interpreter's import function, so that time in imports is told apart. False with a Python
// error.
bool register_import(Registry& registry);

// The best backend that counts a program of known behaviour exactly in this interpreter; none if no one does.
// Runs the program; leaves no error set.
Counting choose_counting();

// Whether `backend` passes that test, with numbers that count if asked.
bool counts_exactly(Counting backend, bool numbers = false);

}  // namespace ml::native::profiler
