#include "runtime/native/recursion.h"

#include <sys/resource.h>

#include <algorithm>

#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// A call through a native member (map, sort) uses this much C stack at most, measured with room to spare;
// plain calls use none.
constexpr long kStackPerCall = 2048;
constexpr long kReserved = 1024 * 1024;
constexpr long kLeast = 1000, kDefault = 3000;

int limit = kDefault;

long stack_limit() {
  rlimit stack{};
  if (getrlimit(RLIMIT_STACK, &stack) != 0) return kDefault;
  if (stack.rlim_cur == RLIM_INFINITY || stack.rlim_cur > 1UL << 30) return 100000;
  return std::max(kLeast, (static_cast<long>(stack.rlim_cur) - kReserved) / kStackPerCall);
}

PyObject* py_set_recursion_limit(PyObject*, PyObject* value) {
  const long wanted = PyLong_AsLong(value);
  if (wanted == -1 && PyErr_Occurred()) return nullptr;
  limit = static_cast<int>(std::clamp(wanted, kLeast, stack_limit()));
  // Library functions between two ML functions count, too.
  Py_SetRecursionLimit(limit);
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030E0000
  // 3.12 counts C calls apart, and its first releases allow too few: a call through `map` takes two.
  PyThreadState* thread = PyThreadState_Get();
  thread->c_recursion_remaining = std::max(thread->c_recursion_remaining, 2 * limit + 200);
#endif
  return PyLong_FromLong(limit);
}

PyObject* py_recursion_limit(PyObject*, PyObject*) { return PyLong_FromLong(limit); }

PyMethodDef functions[] = {
    {"set_recursion_limit", py_set_recursion_limit, METH_O,
     "Sets how deep calls of ML functions may nest; returns the limit that holds, which the C stack may "
     "lower."},
    {"recursion_limit", py_recursion_limit, METH_NOARGS, "How deep calls of ML functions may nest."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_recursion(PyObject* module) {
  if (PyModule_AddFunctions(module, functions) < 0) return -1;
  Ref value(PyLong_FromLong(kDefault));
  Ref set(value ? py_set_recursion_limit(nullptr, value.get()) : nullptr);
  return set ? 0 : -1;
}

}  // namespace ml::native
