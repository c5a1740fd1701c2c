#include "runtime/native/builtins.h"
#include "runtime/native/counting.h"
#include "runtime/native/display.h"
#include "runtime/native/helpers.h"
#include "runtime/native/indexing.h"
#include "runtime/native/lending.h"
#include "runtime/native/members.h"
#include "runtime/native/method.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// The elements as a new list, or E-ITER.
PyObject* elements(const char* function, const char* parameter, PyObject* v) {
  Ref source(iterable(v));
  if (source) return PySequence_List(source.get());
  PyErr_Clear();
  return raise_argument(function, parameter, "iterable", v);
}

PyObject* py_len(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("len", "collection", count, 1, 1)) return nullptr;
  PyObject* v = args[0];
  if (PyList_CheckExact(v)) return PyLong_FromSsize_t(PyList_GET_SIZE(v));
  if (PyUnicode_CheckExact(v)) return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(v));
  if (PyBytes_CheckExact(v)) return PyLong_FromSsize_t(PyBytes_GET_SIZE(v));
  return PyLong_FromSsize_t(is_object(v) ? PyDict_Size(v) : 0);
}

PyObject* py_range(PyObject*, PyObject* const* args, Py_ssize_t count) {
  Ref range(checked_range(args, count));
  if (!range) return nullptr;
  const Py_ssize_t size = PyObject_Size(range.get());
  if (size < 0) PyErr_Clear();
  if (size < 0 || size > kMaxItems) return raise("LimitError", "result larger than %zd items", kMaxItems);
  return PySequence_List(range.get());
}

PyObject* py_keys(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("keys", "obj", count, 1, 1)) return nullptr;
  if (kind_of(args[0]) == Kind::error) return iterable(args[0]);
  return is_object(args[0]) ? PyDict_Keys(args[0]) : raise_argument("keys", "obj", "an object", args[0]);
}

PyObject* py_values(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("values", "obj", count, 1, 1)) return nullptr;
  if (!is_object(args[0])) return raise_argument("values", "obj", "an object", args[0]);
  Ref seen(readable(args[0]));
  return seen ? PyDict_Values(seen.get()) : nullptr;
}

PyObject* py_enumerate(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("enumerate", "array, start?", count, 1, 2)) return nullptr;
  if (count == 2 && !PyLong_Check(args[1]))
    return raise_argument("enumerate", "start", "an integer", args[1]);
  Ref items(elements("enumerate", "array", args[0]));
  Ref position(count == 2 ? PyNumber_Long(args[1]) : PyLong_FromLong(0)), one(PyLong_FromLong(1));
  for (Py_ssize_t i = 0; items && position && i < PyList_GET_SIZE(items.get()); ++i) {
    PyObject* pair = PyList_New(2);
    if (!pair) return nullptr;
    PyList_SET_ITEM(pair, 0, new_ref(position.get()));
    PyList_SET_ITEM(pair, 1, new_ref(PyList_GET_ITEM(items.get(), i)));
    PyList_SetItem(items.get(), i, pair);
    position = Ref(PyNumber_Add(position.get(), one.get()));
  }
  return position ? items.release() : nullptr;
}

PyObject* py_zip(PyObject*, PyObject* const* args, Py_ssize_t count) {
  Ref columns(PyList_New(count)), result(PyList_New(0));
  if (!columns || !result) return nullptr;
  Py_ssize_t rows = count ? PY_SSIZE_T_MAX : 0;
  for (Py_ssize_t c = 0; c < count; ++c) {
    PyObject* column = elements("zip", "arrays", args[c]);
    if (!column) return nullptr;
    PyList_SET_ITEM(columns.get(), c, column);
    if (PyList_GET_SIZE(column) < rows) rows = PyList_GET_SIZE(column);
  }
  for (Py_ssize_t r = 0; r < rows; ++r) {
    Ref row(PyList_New(count));
    for (Py_ssize_t c = 0; row && c < count; ++c)
      PyList_SET_ITEM(row.get(), c, new_ref(PyList_GET_ITEM(PyList_GET_ITEM(columns.get(), c), r)));
    if (!row || PyList_Append(result.get(), row.get()) < 0) return nullptr;
  }
  return result.release();
}

PyObject* py_sorted(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("sorted", "array, reverse?", count, 1, 2)) return nullptr;
  const int backwards = count == 2 ? PyObject_IsTrue(args[1]) : 0;
  Ref items(elements("sorted", "array", args[0]));
  if (!items || backwards < 0) return nullptr;
  // Reversed before and after, so that equal elements keep their order.
  if (backwards && PyList_Reverse(items.get()) < 0) return nullptr;
  if (PyList_Sort(items.get()) < 0 || (backwards && PyList_Reverse(items.get()) < 0)) return nullptr;
  return items.release();
}

PyObject* py_iter(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("iter", "iterable", count, 1, 1)) return nullptr;
  if (Py_IS_TYPE(args[0], &Iterator_Type)) return new_ref(args[0]);
  Ref source(iterable(args[0]));
  if (source) return new_iterator(PyObject_GetIter(source.get()));
  PyErr_Clear();
  return raise_argument("iter", "iterable", "iterable", args[0]);
}

PyObject* py_next(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (!check_arity("next", "iterator, default?", count, 1, 2)) return nullptr;
  const Kind kind = kind_of(args[0]);
  if (kind != Kind::generator && kind != Kind::iterator)
    return raise_type("'%s' object is not an iterator", type_name(args[0]));
  PyObject* item = PyIter_Next(args[0]);
  if (item || PyErr_Occurred()) return item;
  if (count == 2) return new_ref(args[1]);
  return raise("RuntimeError", "Iterator exhausted - use default parameter to avoid error");
}

PyObject* any_or_all(const char* name, PyObject* const* args, Py_ssize_t count, int decisive) {
  if (!check_arity(name, "iterable", count, 1, 1)) return nullptr;
  Ref source(iterable(args[0]));
  if (!source) {
    PyErr_Clear();
    return raise_argument(name, "iterable", "iterable", args[0]);
  }
  Ref items(PyObject_GetIter(source.get()));
  while (items) {
    Ref item(PyIter_Next(items.get()));
    if (!item) return PyErr_Occurred() ? nullptr : boolean(!decisive);
    const int truth = PyObject_IsTrue(item.get());
    if (truth < 0) return nullptr;
    if (truth == decisive) return boolean(decisive != 0);
  }
  return nullptr;
}
PyObject* py_any(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return any_or_all("any", args, count, 1);
}
PyObject* py_all(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return any_or_all("all", args, count, 0);
}

PyMethodDef builtins[] = {{"len", as_cfunction(py_len), METH_FASTCALL, nullptr},
                          {"range", as_cfunction(py_range), METH_FASTCALL, nullptr},
                          {"keys", as_cfunction(py_keys), METH_FASTCALL, nullptr},
                          {"values", as_cfunction(py_values), METH_FASTCALL, nullptr},
                          {"enumerate", as_cfunction(py_enumerate), METH_FASTCALL, nullptr},
                          {"zip", as_cfunction(py_zip), METH_FASTCALL, nullptr},
                          {"sorted", as_cfunction(py_sorted), METH_FASTCALL, nullptr},
                          {"iter", as_cfunction(py_iter), METH_FASTCALL, nullptr},
                          {"next", as_cfunction(py_next), METH_FASTCALL, nullptr},
                          {"any", as_cfunction(py_any), METH_FASTCALL, nullptr},
                          {"all", as_cfunction(py_all), METH_FASTCALL, nullptr},
                          {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_sequence_builtins(PyObject*) { return add_builtin_functions(builtins); }

}  // namespace ml::native
