#include "runtime/native/callback.h"

#include <vector>

#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// call_callback(f, args, least=1): args are the offered arguments.
PyObject* py_call_callback(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count < 2 || count > 3 || !(PyList_Check(args[1]) || PyTuple_Check(args[1])))
    return raise("InternalError", "call_callback(f, args, least=1)");
  if (!is_callable(args[0])) return raise_type("Cannot call %s: not callable", type_name(args[0]));
  const long least = count == 3 ? PyLong_AsLong(args[2]) : 1;
  if (least == -1 && PyErr_Occurred()) return nullptr;
  const Py_ssize_t most = PySequence_Fast_GET_SIZE(args[1]);
  const Callback callback(args[0], static_cast<int>(least), static_cast<int>(most));
  std::vector<PyObject*> values(static_cast<size_t>(most) + 1);
  for (Py_ssize_t i = 0; i < most; ++i) values[i + 1] = new_ref(PySequence_Fast_GET_ITEM(args[1], i));
  PyObject* result = callback(values.data() + 1);
  for (PyObject* v : values) Py_XDECREF(v);
  return result;
}

PyMethodDef functions[] = {{"call_callback", as_cfunction(py_call_callback), METH_FASTCALL,
                            "call_callback(f, args, least=1): calls f with as many of args as it takes."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_callback(PyObject* module) { return PyModule_AddFunctions(module, functions); }

}  // namespace ml::native
