#pragma once

// What sort of ML value a Python object is. Exact type tests decide; nothing else is a value of a program
// (language.md 3.1, security.md 3.2).

#include "runtime/native/python.h"

namespace ml::native {

enum class Kind : unsigned char {
  null,
  boolean,
  integer,
  real,
  string,
  bytes,  // opaque: length, index, slice, equality, iteration
  array,
  object,
  function,
  generator,
  iterator,
  error,
  module,
  library,
  other
};

// Types of this extension; each is defined in the file named after it.
extern PyTypeObject Object_Type, Module_Type, Error_Type, Iterator_Type, Method_Type;

// Marks code objects made from ML source (`rewrite` sets it in co_flags; CPython gives the bit no meaning).
inline constexpr int kMlCode = 0x40000000;

// A class of a library module whose instances are values of a program. Lives for ever.
struct LibraryClass {
  PyTypeObject* type;
  PyObject* name;     // what typeof gives
  PyObject* members;  // dict: name -> function of (self, ...), or property object
  PyObject* display;  // function of (self), or nullptr
};

const LibraryClass* find_library_class(PyTypeObject* type);

Kind kind_of_rare(PyObject* v);
inline Kind kind_of(PyObject* v) {
  PyTypeObject* t = Py_TYPE(v);
  if (t == &PyUnicode_Type) return Kind::string;
  if (t == &PyLong_Type) return Kind::integer;
  if (t == &PyList_Type) return Kind::array;
  if (t == &Object_Type) return Kind::object;
  if (t == &PyFloat_Type) return Kind::real;
  if (v == Py_None) return Kind::null;
  if (t == &PyBool_Type) return Kind::boolean;
  return kind_of_rare(v);
}

inline bool is_number(Kind k) { return k == Kind::integer || k == Kind::real || k == Kind::boolean; }

// A function made by ML code, not by the library or the host.
inline bool is_user_function(PyObject* v) {
  return Py_IS_TYPE(v, &PyFunction_Type) &&
         (reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(v))->co_flags & kMlCode) != 0;
}
inline bool is_callable(PyObject* v) { return kind_of(v) == Kind::function; }

// ML name of the type ("number", "array", "Pattern"): what `typeof` gives and messages use. The char* lives
// as long as the program.
const char* type_name(PyObject* v);

int add_kinds(PyObject* module);

}  // namespace ml::native
