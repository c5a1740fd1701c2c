#pragma once

// Lists and dicts of a Python program that a program of ML works on in place (cli-and-python-api.md 2.9).
//
// A dict that is lent gets the type Lent until take_back(): an object to ML, whose values are looked at when
// they are read. Lending costs a write for each dict that can be reached through lists alone, whatever is in
// it. What is no value of ML (a tuple, a function of the host, ...) is converted on each read by the function
// that set_converter() was given; a list with such elements is lent as a copy. One ledger for the process,
// under the GIL.

#include "runtime/native/kinds.h"

namespace ml::native {

extern PyTypeObject Lent_Type;

inline bool is_object(PyObject* v) { return Py_IS_TYPE(v, &Object_Type) || Py_IS_TYPE(v, &Lent_Type); }

// What ML gets for a value found in a lent dict: a new reference, nullptr when it cannot be converted.
PyObject* lent_value(PyObject* value);

// `object` (is_object) itself, or for a lent dict a fresh Object with the values ML gets: for everything that
// reads more than one value. A new reference.
PyObject* readable(PyObject* object);

// Keeps a reference until take_back() and gives it as a borrowed one.
PyObject* keep_lent(PyObject* owned);

// Says that values may have been put into a lent dict.
void note_written(PyObject* object);

int add_lending(PyObject* module);

}  // namespace ml::native
