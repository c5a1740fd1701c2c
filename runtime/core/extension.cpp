// The extension module mlpy._core: the compiler and the reports, in the process of a Python program.

#include "dap/statements.h"
#include "runtime/core/compile.h"
#include "runtime/core/groups.h"
#include "runtime/core/profiles.h"
#include "runtime/core/project.h"
#include "runtime/core/values.h"
#include "runtime/sandbox/filter.h"

namespace ml::core_module {
namespace {

using native::as_cfunction;
using native::Ref;

// interrupt(thread id, exception class or None): raises it there at the next loop pass or call; None takes
// that back.
PyObject* py_interrupt(PyObject*, PyObject* args) {
  unsigned long thread;
  PyObject* error;
  if (!PyArg_ParseTuple(args, "kO", &thread, &error)) return nullptr;
  return PyLong_FromLong(PyThreadState_SetAsyncExc(thread, error == Py_None ? nullptr : error));
}

// sandbox_filter(process, paths, threads) -> bytes; see runtime/sandbox/filter.h. Empty when there is none
// here.
PyObject* py_sandbox_filter(PyObject*, PyObject* args) {
  sandbox::FilterOptions options;
  int paths = 0, threads = 0;
  if (!PyArg_ParseTuple(args, "ipp", &options.process, &paths, &threads)) return nullptr;
  options.paths = paths != 0;
  options.threads = threads != 0;
  const std::string filter = sandbox::make_filter(options);
  return PyBytes_FromStringAndSize(filter.data(), static_cast<Py_ssize_t>(filter.size()));
}

// statements(text) -> bytes: the table for _native.debug_splice (dap/statements.h).
PyObject* py_statements(PyObject*, PyObject* text) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text, &size);
  if (data == nullptr) return nullptr;
  const std::string_view source(data, static_cast<std::size_t>(size));
  const std::string table = dap::find_statements(source, LineIndex(source)).table;
  return PyBytes_FromStringAndSize(table.data(), static_cast<Py_ssize_t>(table.size()));
}

PyMethodDef functions[] = {
    {"compile", py_compile, METH_VARARGS,
     "compile(text, file, options) -> dict; see runtime/core/compile.h."},
    {"statements", py_statements, METH_O, "statements(text) -> bytes, for _native.debug_splice"},
    {"profile_of", py_profile_of, METH_VARARGS, "profile_of(capture, main_file, sources, steps) -> str"},
    {"profile_report", py_profile_report, METH_VARARGS, "profile_report(profile, kind) -> str"},
    {"profile_save", py_profile_save, METH_VARARGS, "profile_save(profile, main_file) -> path or None"},
    {"profile_export", py_profile_export, METH_VARARGS, "profile_export(profile, format, weight) -> bytes"},
    {"read_project", py_read_project, METH_VARARGS, "read_project(bytes, file) -> str, as JSON"},
    {"project_file_above", py_project_file_above, METH_O, "project_file_above(folder) -> path or None"},
    {"project_keys", py_project_keys, METH_NOARGS, "project_keys() -> str, as JSON"},
    {"pack", as_cfunction(py_pack), METH_FASTCALL, "pack(value, convert=None) -> bytes"},
    {"unpack", as_cfunction(py_unpack), METH_FASTCALL, "unpack(bytes, as_objects=False) -> value"},
    {"lend", py_lend, METH_O, "Turns every dict in a value into an ML object, in place."},
    {"take_back", py_take_back, METH_O, "Turns every ML object in a value into a dict, in place."},
    {"interrupt", py_interrupt, METH_VARARGS,
     "interrupt(thread id, exception class or None) -> threads found"},
    {"sandbox_filter", py_sandbox_filter, METH_VARARGS,
     "sandbox_filter(process, paths, threads) -> bytes, for _native.sandbox_enter"},
    {"group_make", py_group_make, METH_NOARGS, "group_make() -> group or None; see runtime/core/groups.h"},
    {"group_folder", py_group_folder, METH_O, "group_folder(group) -> descriptor"},
    {"group_limit", py_group_limit, METH_VARARGS, "group_limit(group, memory, tasks)"},
    {"group_out_of_memory", py_group_out_of_memory, METH_O, "group_out_of_memory(group) -> count"},
    {"group_empty", py_group_empty, METH_O, "group_empty(group) -> whether nothing is in it"},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "mlpy._core",
                          "The ML compiler.",
                          -1,
                          functions,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace
}  // namespace ml::core_module

PyMODINIT_FUNC PyInit__core() {
  using namespace ml::core_module;
  Ref native_module(PyImport_ImportModule("mlpy._native"));
  Ref object(native_module ? PyObject_GetAttrString(native_module.get(), "Object") : nullptr);
  if (!object) return nullptr;
  set_object_type(reinterpret_cast<PyTypeObject*>(object.get()));
  Ref module(PyModule_Create(&definition));
  if (!module || PyModule_AddStringConstant(module.get(), "VERSION", MLPY_VERSION) < 0) return nullptr;
  return module.release();
}
