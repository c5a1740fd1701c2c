#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

// Adds the profiler's functions to the extension module; 0, or -1 with a Python error. Without a call of them
// nothing is installed in the interpreter.
//
// clang-format off
//   profile_module(code, ml_file, is_main) -> code   counts and names every function in it; use the result instead
//   profile_register(code, file, name, first_line, category="ml_code") -> id
//   profile_instrument(code) -> code                 the entry probe alone; profile_register the result to name it
//   profile_phase(category, ns, step="")             time of a phase, e.g. ("sandbox_startup", 1200, "import_runtime")
//   profile_start(path, options=None)                options: {"mode": "auto"|"sample"|"exact", "time": True,
//                                                    "memory": level, "interval_ns": of samples, for soaks,
//                                                    "thread": number of the main one, else the caller's,
//                                                    "calls": False if code runs that does not count its entries};
//                                                    returns None or a sentence on what there will be no figures for
//   profile_lines(on)                                code instrumented from now on, for this run, counts executions
//                                                    of its lines too
//   profile_numbers(on) -> bool                      code instrumented from now on, for this run, may count with its
//                                                    own numbers (number_site.h); whether it does
//   profile_leave_out(thread)                        a thread (its `get_ident`) that is none of the program's
//   profile_failed(error, file, line, column)        how the program ended, if badly
//   profile_stop() -> dict                           ends the run and the file; {} if none was started
//   profile_counts() -> {(name, id): calls}
//   profile_backend(name=None) -> name               "entry_constant", "deallocator", "slot", "none"; setting it is
//                                                    for tests and must come before the first code is instrumented
// clang-format on
int add_profiler(PyObject* module);
