#include <cmath>

#include "runtime/native/builtins.h"
#include "runtime/native/display.h"
#include "runtime/native/helpers.h"
#include "runtime/native/indexing.h"
#include "runtime/native/members.h"
#include "runtime/native/operators.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

bool is_space(Py_UCS4 c) { return Py_UNICODE_ISSPACE(c); }

PyObject* stripped(PyObject* text) {
  Py_ssize_t begin = 0, end = PyUnicode_GET_LENGTH(text);
  while (begin < end && is_space(PyUnicode_READ_CHAR(text, begin))) ++begin;
  while (end > begin && is_space(PyUnicode_READ_CHAR(text, end - 1))) --end;
  return PyUnicode_Substring(text, begin, end);
}

PyObject* bad_integer(PyObject* text) {
  PyErr_Clear();
  Ref shown(PyObject_Repr(text));
  return shown ? raise("ValueError", "invalid literal for int() with base 10: %U", shown.get()) : nullptr;
}

// Digits convert exactly; text with a decimal point or an exponent goes through a float.
PyObject* integer_of_text(PyObject* text) {
  Ref trimmed(stripped(text));
  if (!trimmed) return nullptr;
  PyObject* exact = PyLong_FromUnicodeObject(trimmed.get(), 10);
  if (exact || !PyErr_ExceptionMatches(PyExc_ValueError)) return exact;
  if (PyUnicode_GET_LENGTH(trimmed.get()) > 4000 && refuse_digits()) return nullptr;
  PyErr_Clear();
  Ref real(PyFloat_FromString(trimmed.get()));
  if (!real || !std::isfinite(PyFloat_AS_DOUBLE(real.get()))) return bad_integer(text);
  return PyLong_FromDouble(PyFloat_AS_DOUBLE(real.get()));
}

PyObject* py_int(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("int", "value", count, 1, 1)) return nullptr;
  PyObject* v = args[0];
  switch (kind_of(v)) {
    case Kind::integer: return new_ref(v);
    case Kind::boolean: return PyLong_FromLong(v == Py_True);
    case Kind::real: {
      const double d = PyFloat_AS_DOUBLE(v);
      if (std::isnan(d)) return raise("ValueError", "cannot convert float NaN to integer");
      if (std::isinf(d)) return raise("OverflowError", "cannot convert float infinity to integer");
      return PyLong_FromDouble(d);
    }
    case Kind::string: return integer_of_text(v);
    default: return raise_argument("int", "value", "a string or a number", v);
  }
}

PyObject* py_float(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("float", "value", count, 1, 1)) return nullptr;
  const Kind kind = kind_of(args[0]);
  if (kind == Kind::real) return new_ref(args[0]);
  if (kind == Kind::string || is_number(kind)) return PyNumber_Float(args[0]);
  return raise_argument("float", "value", "a string or a number", args[0]);
}

PyObject* py_abs(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("abs", "value", count, 1, 1)) return nullptr;
  if (PyFloat_CheckExact(args[0])) return PyFloat_FromDouble(std::fabs(PyFloat_AS_DOUBLE(args[0])));
  if (!is_number(kind_of(args[0]))) return raise_argument("abs", "value", "a number", args[0]);
  return PyNumber_Absolute(args[0]);
}

PyObject* best_of(PyObject* const* items, Py_ssize_t count, int compare) {
  if (count == 0) return none();
  Ref best = Ref::borrowed(items[0]);
  for (Py_ssize_t i = 1; i < count; ++i) {
    const int better = PyObject_RichCompareBool(items[i], best.get(), compare);
    if (better < 0) return nullptr;
    if (better) best = Ref::borrowed(items[i]);
  }
  return best.release();
}

PyObject* best(PyObject* const* args, Py_ssize_t count, int compare) {
  if (count != 1) return best_of(args, count, compare);
  if (!PyList_CheckExact(args[0])) return new_ref(args[0]);
  Ref items(PyList_AsTuple(args[0]));  // comparing cannot run ML code, but the array may be shared
  if (!items) return nullptr;
  return best_of(&PyTuple_GET_ITEM(items.get(), 0), PyTuple_GET_SIZE(items.get()), compare);
}
PyObject* py_min(PyObject*, PyObject* const* args, Py_ssize_t count) { return best(args, count, Py_LT); }
PyObject* py_max(PyObject*, PyObject* const* args, Py_ssize_t count) { return best(args, count, Py_GT); }

PyObject* py_sum(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("sum", "iterable, start?", count, 1, 2)) return nullptr;
  Ref source(iterable(args[0]));
  if (!source) {
    PyErr_Clear();
    return raise_argument("sum", "iterable", "iterable", args[0]);
  }
  Ref total(count == 2 ? new_ref(args[1]) : PyLong_FromLong(0));
  Ref items(PyObject_GetIter(source.get()));
  while (items && total) {
    Ref item(PyIter_Next(items.get()));
    if (!item) return PyErr_Occurred() ? nullptr : total.release();
    // No text here: joining strings is `join`.
    if (PyUnicode_CheckExact(item.get()) || PyUnicode_CheckExact(total.get()))
      return raise_type("unsupported operand type(s) for +: '%s' and '%s'", type_name(total.get()),
                        type_name(item.get()));
    total = Ref(add(total.get(), item.get()));
  }
  return nullptr;
}

PyObject* py_bool(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("bool", "value", count, 1, 1)) return nullptr;
  const int truth = PyObject_IsTrue(args[0]);
  return truth < 0 ? nullptr : boolean(truth == 1);
}

PyMethodDef builtins[] = {{"int", as_cfunction(py_int), METH_FASTCALL, nullptr},
                          {"float", as_cfunction(py_float), METH_FASTCALL, nullptr},
                          {"abs", as_cfunction(py_abs), METH_FASTCALL, nullptr},
                          {"min", as_cfunction(py_min), METH_FASTCALL, nullptr},
                          {"max", as_cfunction(py_max), METH_FASTCALL, nullptr},
                          {"sum", as_cfunction(py_sum), METH_FASTCALL, nullptr},
                          {"bool", as_cfunction(py_bool), METH_FASTCALL, nullptr},
                          {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_number_builtins(PyObject*) { return add_builtin_functions(builtins); }

}  // namespace ml::native
