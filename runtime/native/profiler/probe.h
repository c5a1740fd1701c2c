#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>

#include "profiler/format/capture.h"

namespace ml::native::profiler {

using ml::profiler::Counting;

// A constant planted in a code object that counts how often it is loaded. Lives as long as the process: the
// code object may be running when a profile ends. The count may be read and `renew`ed without the interpreter
// lock.
struct Probe;

// Whether leftovers on the value stack are how this backend counts (entry_constant), else load and drop.
constexpr bool leaves_constant(Counting backend) { return backend == Counting::entry_constant; }
// Whether the loaded constant is passed through a unary operation (slot).
constexpr bool needs_operation(Counting backend) { return backend == Counting::slot; }

// Prepares the probe type. -1 with a Python error set.
int ready_probe_type();

// A new probe as an ordinary object with one reference, or null with an error. It counts after `arm`.
PyObject* new_probe();

bool is_probe(PyObject* object);

// A copy of `number` that counts its own loads once it is armed, for code that only calculates with it
// (number_site.h) and backend entry_constant. As new_probe; the functions below take it for a probe.
PyObject* new_counting_number(PyObject* number);

// Whether there is one: an int of one digit, or a float.
bool can_count(PyObject* number);

// Turns the probe at `consts[index]` on; nothing but the tuple may hold it, and nothing may take it out
// again.
void arm_probe(Counting backend, PyObject* consts, Py_ssize_t index);

// Loads so far of the probe at `consts[index]` and of those it replaced.
std::uint64_t read_probe(Counting backend, PyObject* consts, Py_ssize_t index);

// Puts a fresh counter in place when this one nears its limit (2^31 for entry_constant). Call it at least
// every 20 s per probe; needs no lock: the instruction stream never changes and the old counter stays
// readable.
void renew_probe(Counting backend, PyObject* consts, Py_ssize_t index);

}  // namespace ml::native::profiler
