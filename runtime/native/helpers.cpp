#include "runtime/native/helpers.h"

#include "runtime/native/kinds.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* helper_table = nullptr;
PyObject* builtin_table = nullptr;
PyObject* unset = nullptr;

int add_functions(PyObject* table, PyMethodDef* methods) {
  for (; methods->ml_name; ++methods) {
    Ref function(PyCFunction_New(methods, nullptr));
    if (!function || PyDict_SetItemString(table, methods->ml_name, function.get()) < 0) return -1;
  }
  return 0;
}

PyObject* py_builtins(PyObject*, PyObject*) { return PyDict_Copy(helper_table); }
PyObject* py_builtin_functions(PyObject*, PyObject*) { return PyDict_Copy(builtin_table); }

// __pick(read, "len"): the variable if it is bound and callable, else the built-in of that name.
PyObject* py_pick(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__pick() needs a function and a name");
  PyObject* bound = PyObject_CallNoArgs(args[0]);
  if (bound) {
    if (is_callable(bound)) return bound;
  } else if (!PyErr_ExceptionMatches(PyExc_NameError)) {
    return nullptr;
  } else {
    PyErr_Clear();
  }
  PyObject* builtins = PyEval_GetBuiltins();
  PyObject* found = builtins ? PyDict_GetItemWithError(builtins, args[1]) : nullptr;
  if (found) {
    Py_XDECREF(bound);
    return new_ref(found);
  }
  if (bound) return bound;
  return raise("NameError", "name '%U' is not defined", args[1]);
}

PyMethodDef helpers[] = {{"__pick", as_cfunction(py_pick), METH_FASTCALL, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {
    {"builtins", py_builtins, METH_NOARGS, "A new dict with the helpers of generated code."},
    {"builtin_functions", py_builtin_functions, METH_NOARGS,
     "A new dict with the native built-in functions of ML."},
    {nullptr, nullptr, 0, nullptr}};

int add_python_names() {
  static const struct {
    const char* name;
    PyObject* value;
  } values[] = {
      {"__range_type", reinterpret_cast<PyObject*>(&PyRange_Type)},
      {"__Exception", PyExc_Exception},
  };
  for (const auto& v : values)
    if (add_helper(v.name, v.value) < 0) return -1;
  Ref builtins(PyImport_ImportModule("builtins"));
  Ref len(builtins ? PyObject_GetAttrString(builtins.get(), "len") : nullptr);
  return len ? add_helper("__len", len.get()) : -1;
}

}  // namespace

int add_helpers(PyMethodDef* table) { return add_functions(helper_table, table); }
int add_helper(const char* name, PyObject* value) { return PyDict_SetItemString(helper_table, name, value); }
int add_builtin_functions(PyMethodDef* table) { return add_functions(builtin_table, table); }

int add_helper_table(PyObject* module) {
  helper_table = PyDict_New();
  builtin_table = PyDict_New();
  unset = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  if (!helper_table || !builtin_table || !unset) return -1;
  if (add_helpers(helpers) < 0 || add_helper("__unset", unset) < 0 || add_python_names() < 0) return -1;
  return PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
