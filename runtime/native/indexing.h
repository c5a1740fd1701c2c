#pragma once

// Indexing, slicing, iteration and destructuring where Python's own operation could give another result than
// ML's.

#include "runtime/native/kinds.h"

namespace ml::native {

// What a `for` loop goes over: arrays, strings, generators and iterators as they are; the keys of an object
// or error at this moment; else TypeError.
PyObject* iterable(PyObject* v);

// The same as a new list.
PyObject* as_list(PyObject* v);

// Slice bounds of ML members: negative counts from the end, both clamp to [0, length].
inline void clamp_range(Py_ssize_t* begin, Py_ssize_t* end, Py_ssize_t length) {
  if (*begin < 0) *begin = *begin + length < 0 ? 0 : *begin + length;
  if (*begin > length) *begin = length;
  if (*end < 0) *end = *end + length < 0 ? 0 : *end + length;
  if (*end > length) *end = length;
}

int add_indexing(PyObject* module);

}  // namespace ml::native
