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

// Sets the SecurityError of a name that is private to the host, after telling the hook that the run has.
void raise_violation(PyObject* name);
// on_violation(hook): the hook is called with the message; an error it raises takes the place of the
// SecurityError.
PyObject* on_violation(PyObject*, PyObject* hook);

// True (with an error set) when the name is private to the host: starts with '_'.
bool refuse_private(PyObject* name);

// Python converts no more than 4300 digits: replaces that error, if it is the current one, by a LimitError.
bool refuse_digits();

inline constexpr Py_ssize_t kMaxText = 64 * 1024 * 1024;  // characters of a string made by the library
inline constexpr Py_ssize_t kMaxItems = 10'000'000;       // items of an array made by repetition or range
inline constexpr Py_ssize_t kMaxBits = 1'000'000;         // bits of a product

// True (with a LimitError set) when a result of `count` pieces of `size` would be larger than `limit`.
// `what`: "text", "array", "integer" (bits), or what the message names (security.md 3.6).
bool refuse_size(Py_ssize_t size, Py_ssize_t count, Py_ssize_t limit, const char* what);

int add_exceptions(PyObject* module);

}  // namespace ml::native
