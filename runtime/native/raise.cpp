#include "runtime/native/raise.h"

#include <cstdarg>

#include "runtime/native/kinds.h"

namespace ml::native {

PyObject* MLError = nullptr;
PyObject* Thrown = nullptr;
PyObject* ResourceLimit = nullptr;

namespace {

PyObject* raise_text(const char* kind, PyObject* owned_message) {
  Ref message(owned_message);
  Ref name(PyUnicode_FromString(kind));
  if (!message || !name) return nullptr;
  Ref error(PyObject_CallFunctionObjArgs(MLError, name.get(), message.get(), nullptr));
  if (error) PyErr_SetObject(MLError, error.get());
  return nullptr;
}

}  // namespace

PyObject* raise(const char* kind, const char* format, ...) {
  va_list values;
  va_start(values, format);
  PyObject* message = PyUnicode_FromFormatV(format, values);
  va_end(values);
  return raise_text(kind, message);
}

PyObject* raise_type(const char* format, ...) {
  va_list values;
  va_start(values, format);
  PyObject* message = PyUnicode_FromFormatV(format, values);
  va_end(values);
  return raise_text("TypeError", message);
}

PyObject* raise_argument(const char* function, const char* parameter, const char* wanted, PyObject* got) {
  return raise_type("%s(): '%s' must be %s, got %s", function, parameter, wanted, type_name(got));
}

bool refuse_private(PyObject* name) {
  if (PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) != '_') return false;
  raise("SecurityError", "Access to private name '%U' is forbidden", name);
  return true;
}

void rename_error(PyObject* python_class, const char* kind) {
  if (!PyErr_ExceptionMatches(python_class)) return;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  Ref text(value ? PyObject_Str(value) : PyUnicode_FromString(""));
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  if (text) raise_text(kind, text.release());
}

bool refuse_size(Py_ssize_t size, Py_ssize_t count, Py_ssize_t limit, const char* what) {
  if (count <= 0 || size <= limit / count) return false;
  raise("LimitError", "%s would be larger than the limit of %zd", what, limit);
  return true;
}

int add_exceptions(PyObject* module) {
  MLError = PyErr_NewExceptionWithDoc("mlpy._native.MLError", "MLError(kind, message[, hint])",
                                      PyExc_Exception, nullptr);
  Thrown = PyErr_NewExceptionWithDoc("mlpy._native.Thrown", "Thrown(value): raised by throw", PyExc_Exception,
                                     nullptr);
  ResourceLimit = PyErr_NewExceptionWithDoc("mlpy._native.ResourceLimit",
                                            "ResourceLimit(message): a limit of the host; ML cannot catch it",
                                            PyExc_BaseException, nullptr);
  if (!MLError || !Thrown || !ResourceLimit) return -1;
  if (PyModule_AddObjectRef(module, "MLError", MLError) < 0) return -1;
  if (PyModule_AddObjectRef(module, "Thrown", Thrown) < 0) return -1;
  return PyModule_AddObjectRef(module, "ResourceLimit", ResourceLimit);
}

}  // namespace ml::native
