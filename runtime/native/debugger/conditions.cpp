#include <array>

#include "runtime/native/debugger/sites.h"
#include "runtime/native/profiler/frames.h"

namespace ml::native::debugger {
namespace {

constexpr std::size_t kMostArguments = 16;

// Borrowed; null when it is not bound.
PyObject* value_of(const Variable& variable, profiler::Frame* frame) {
  if (variable.slot < 0) return PyDict_GetItemWithError(frame->f_globals, variable.name.get());
  PyObject* value = frame->localsplus[variable.slot];
  return value != nullptr && PyCell_Check(value) ? PyCell_GET(value) : value;
}

bool plain(PyObject* v) {
  return PyLong_CheckExact(v) || PyFloat_CheckExact(v) || PyUnicode_CheckExact(v) || PyBool_Check(v) ||
         v == Py_None;
}

int compare(const Condition& condition, profiler::Frame* frame) {
  PyObject* left = value_of(condition.left, frame);
  PyObject* right = condition.constant ? condition.constant.get() : value_of(condition.right, frame);
  if (left == nullptr || right == nullptr || !plain(left) || !plain(right)) return -1;
  return PyObject_RichCompareBool(left, right, condition.op);
}

int call(Condition& condition, profiler::Frame* frame) {
  if (!condition.function || PyFunction_GetGlobals(condition.function.get()) != frame->f_globals)
    condition.function = Ref(PyFunction_New(condition.code.get(), frame->f_globals));
  std::array<PyObject*, kMostArguments> arguments{};
  std::size_t count = 0;
  for (const Variable& variable : condition.arguments) {
    PyObject* value = value_of(variable, frame);
    if (value == nullptr || !condition.function || count == kMostArguments) return -1;
    arguments[count++] = value;
  }
  // The frame keeps what is lent: it stands meanwhile.
  const Ref result(PyObject_Vectorcall(condition.function.get(), arguments.data(), count, nullptr));
  return result ? PyObject_IsTrue(result.get()) : -1;
}

}  // namespace

Variable Variable::of(PyObject* object, PyObject* name) {
  auto* code = reinterpret_cast<PyCodeObject*>(object);
  for (int i = 0; i < code->co_nlocalsplus; ++i)
    if (PyTuple_GET_ITEM(code->co_localsplusnames, i) == name) return {Ref::borrowed(name), i};
  return {Ref::borrowed(name), -1};
}

int evaluate(Condition& condition, PyThreadState* thread) {
  profiler::Frame* frame = profiler::current_frame(thread);
  const int result = condition.code ? call(condition, frame) : compare(condition, frame);
  if (result < 0) {
    // A wish to end the program that came meanwhile stays one.
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) PyErr_SetInterrupt();
    PyErr_Clear();
  }
  return result;
}

}  // namespace ml::native::debugger
