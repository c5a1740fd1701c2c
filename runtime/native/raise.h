#pragma once

// Raising ML errors. Errors made here carry their final ML type and message; errors that CPython raises are
// translated when they are caught or reported (error_value.h, runtime/python/mlpy/runtime/errors.py).

#include "runtime/native/python.h"

namespace ml::native {

extern PyObject* MLError;        // Exception(kind, message): an error with its ML type
extern PyObject* Thrown;         // Exception(value): what `throw` raises
extern PyObject* ResourceLimit;  // BaseException(message): not catchable by ML

// Sets MLError(kind, message) and returns nullptr. The format is PyUnicode_FromFormat's.
PyObject* raise(const char* kind, const char* format, ...);
PyObject* raise_type(const char* format, ...);

// Sets the error of a library or member function whose argument has the wrong type: "f(): 'p' must be a
// number, got T".
PyObject* raise_argument(const char* function, const char* parameter, const char* wanted, PyObject* got);

// True (with an error set) when the name is private to the host: starts with '_'.
bool refuse_private(PyObject* name);

// Replaces the current error, if it is of the given Python class, by MLError(kind, text of the current
// error).
void rename_error(PyObject* python_class, const char* kind);

inline constexpr Py_ssize_t kMaxText = 64 * 1024 * 1024;  // characters of a string made by the library
inline constexpr Py_ssize_t kMaxItems = 10'000'000;       // items of an array made by repetition or range
inline constexpr Py_ssize_t kMaxBits = 1'000'000;         // bits of a product

// True (with a LimitError set) when a result of `count` pieces of `size` would be larger than `limit`.
bool refuse_size(Py_ssize_t size, Py_ssize_t count, Py_ssize_t limit, const char* what);

int add_exceptions(PyObject* module);

}  // namespace ml::native
