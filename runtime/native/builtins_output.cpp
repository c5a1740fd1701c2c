#include "runtime/native/builtins.h"
#include "runtime/native/display.h"
#include "runtime/native/helpers.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// One write per call, so that lines of several threads or processes stay whole.
PyObject* py_print(PyObject*, PyObject* const* args, Py_ssize_t count) {
  static PyObject* write = intern("write");
  static PyObject* newline = intern("\n");
  Ref line;
  if (count == 1) {
    Ref shown(display(args[0]));
    line = Ref(shown ? PyUnicode_Concat(shown.get(), newline) : nullptr);
  } else {
    Text text;
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (i) text.add(' ');
      if (!text.add(args[i])) return nullptr;
    }
    text.add('\n');
    line = Ref(text.finish());
  }
  if (!line) return nullptr;
  PyObject* out = PySys_GetObject("stdout");
  if (!out || out == Py_None) return none();
  Ref written(PyObject_CallMethodOneArg(out, write, line.get()));
  return written ? none() : nullptr;
}

PyObject* one(const char* name, PyObject* const* args, Py_ssize_t count, PyObject* (*make)(PyObject*),
              const char* parameter = "value") {
  return count == 1 ? make(args[0]) : raise_arity(name, parameter, count, 1);
}
PyObject* type_text(PyObject* v) { return PyUnicode_InternFromString(type_name(v)); }
PyObject* callable_value(PyObject* v) { return boolean(is_callable(v)); }

PyObject* py_str(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return one("str", args, count, display);
}
PyObject* py_repr(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return one("repr", args, count, quoted, "obj");
}
PyObject* py_typeof(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return one("typeof", args, count, type_text);
}
PyObject* py_callable(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return one("callable", args, count, callable_value, "obj");
}

PyObject* py_isinstance(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise_arity("isinstance", "value, type_name", count, 2);
  if (!PyUnicode_CheckExact(args[1])) return boolean(false);
  return boolean(PyUnicode_CompareWithASCIIString(args[1], type_name(args[0])) == 0);
}

PyMethodDef builtins[] = {{"print", as_cfunction(py_print), METH_FASTCALL, nullptr},
                          {"str", as_cfunction(py_str), METH_FASTCALL, nullptr},
                          {"repr", as_cfunction(py_repr), METH_FASTCALL, nullptr},
                          {"typeof", as_cfunction(py_typeof), METH_FASTCALL, nullptr},
                          {"callable", as_cfunction(py_callable), METH_FASTCALL, nullptr},
                          {"isinstance", as_cfunction(py_isinstance), METH_FASTCALL, nullptr},
                          {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_output_builtins(PyObject*) { return add_builtin_functions(builtins); }

}  // namespace ml::native
