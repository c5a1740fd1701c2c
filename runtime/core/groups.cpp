#include "runtime/core/groups.h"

#include <memory>

#include "runtime/core/common.h"
#include "runtime/sandbox/group.h"

namespace ml::core_module {
namespace {

constexpr const char* kName = "mlpy.group";

// Null, with an exception set, when it is none.
sandbox::ControlGroup* group_of(PyObject* capsule) {
  return static_cast<sandbox::ControlGroup*>(PyCapsule_GetPointer(capsule, kName));
}

void forget(PyObject* capsule) { delete group_of(capsule); }

}  // namespace

PyObject* py_group_make(PyObject*, PyObject*) {
  try {
    auto group = std::make_unique<sandbox::ControlGroup>(false);
    if (group->descriptor() < 0) Py_RETURN_NONE;
    PyObject* capsule = PyCapsule_New(group.get(), kName, forget);
    if (capsule != nullptr) static_cast<void>(group.release());
    return capsule;
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_group_folder(PyObject*, PyObject* group) {
  const sandbox::ControlGroup* found = group_of(group);
  return found == nullptr ? nullptr : PyLong_FromLong(found->descriptor());
}

PyObject* py_group_limit(PyObject*, PyObject* args) {
  PyObject* group = nullptr;
  unsigned long long memory = 0;
  unsigned tasks = 0;
  if (!PyArg_ParseTuple(args, "OKI", &group, &memory, &tasks)) return nullptr;
  sandbox::ControlGroup* found = group_of(group);
  if (found == nullptr) return nullptr;
  found->limit(memory, tasks);
  Py_RETURN_NONE;
}

PyObject* py_group_out_of_memory(PyObject*, PyObject* group) {
  const sandbox::ControlGroup* found = group_of(group);
  return found == nullptr ? nullptr : PyLong_FromUnsignedLongLong(found->out_of_memory());
}

PyObject* py_group_empty(PyObject*, PyObject* group) {
  const sandbox::ControlGroup* found = group_of(group);
  return found == nullptr ? nullptr : PyBool_FromLong(found->empty());
}

}  // namespace ml::core_module
