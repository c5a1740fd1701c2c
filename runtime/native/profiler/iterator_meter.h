#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ml::native::profiler {

// Iterators can be asked how far they came, at no cost a round: those of lists and ranges on CPython 3.11,
// where the loop calls whatever the iterator's type says; all others are counted by one of ours before them.
// Later versions have instructions of their own for most kinds, which that would keep them from: there, only
// loops over ranges are worth it.
constexpr bool kOnlyRanges = PY_VERSION_HEX >= 0x030c0000;

// Prepares the types. -1 with a Python error set; also where iterators are not laid out as expected.
int ready_meter_types();

// A constant that counts the rounds of one loop. Lives as long as the process. New reference, or null with an
// error.
PyObject* new_meter();

// Code for between the making of an iterator and the loop: exchanges the iterator on the stack for one that
// the meter in `constant` knows.
std::string meter_operation(std::size_t constant);

// Rounds so far: of the loops that ended and, with `running`, of those that did not; they are looked up in
// memory that the program may give back meanwhile, so do it with the interpreter lock or under a guard
// (fault_guard.h). Owns nothing.
std::uint64_t read_meter(PyObject* meter, bool running);

}  // namespace ml::native::profiler
