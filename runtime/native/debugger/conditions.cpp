#include "runtime/native/debugger/sites.h"
#include "runtime/native/profiler/frames.h"

namespace ml::native::debugger {
namespace {

// Borrowed; null when it is not bound.
PyObject* variable(PyObject* name, profiler::Frame* frame, PyCodeObject* code) {
  for (int i = 0; i < code->co_nlocalsplus; ++i) {
    PyObject* own = PyTuple_GET_ITEM(code->co_localsplusnames, i);
    if (own != name && PyUnicode_Compare(own, name) != 0) continue;
    PyObject* value = frame->localsplus[i];
    return value != nullptr && PyCell_Check(value) ? PyCell_GET(value) : value;
  }
  return PyDict_GetItemWithError(frame->f_globals, name);
}

bool plain(PyObject* v) {
  return PyLong_CheckExact(v) || PyFloat_CheckExact(v) || PyUnicode_CheckExact(v) || PyBool_Check(v) ||
         v == Py_None;
}

}  // namespace

int evaluate(const Condition& condition, PyThreadState* thread) {
  profiler::Frame* frame = profiler::current_frame(thread);
  auto* code = reinterpret_cast<PyCodeObject*>(const_cast<void*>(profiler::code_of(frame)));
  PyObject* left = variable(condition.name.get(), frame, code);
  PyObject* right =
      condition.other_is_name ? variable(condition.other.get(), frame, code) : condition.other.get();
  if (left == nullptr || right == nullptr || !plain(left) || !plain(right)) return -1;
  const int result = PyObject_RichCompareBool(left, right, condition.op);
  if (result < 0) PyErr_Clear();
  return result;
}

}  // namespace ml::native::debugger
