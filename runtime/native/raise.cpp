#include "runtime/native/raise.h"

#include <cstdarg>
#include <string_view>

#include "runtime/native/kinds.h"

namespace ml::native {

PyObject* MLError = nullptr;
PyObject* Thrown = nullptr;
PyObject* ResourceLimit = nullptr;

namespace {

PyObject* violation_hook = nullptr;

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

void raise_violation(PyObject* name) {
  Ref message(PyUnicode_FromFormat("Access to private name '%U' is forbidden", name));
  if (!message) return;
  Ref told(violation_hook ? PyObject_CallOneArg(violation_hook, message.get()) : new_ref(Py_None));
  if (told) raise_text("SecurityError", message.release());
}

PyObject* on_violation(PyObject*, PyObject* hook) {
  Py_XDECREF(violation_hook);
  violation_hook = new_ref(hook);
  return none();
}

PyObject* raise_argument(const char* function, const char* parameter, const char* wanted, PyObject* got) {
  return raise_type("%s(): '%s' must be %s, got %s", function, parameter, wanted, type_name(got));
}

bool refuse_private(PyObject* name) {
  if (PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) != '_') return false;
  raise_violation(name);
  return true;
}

bool refuse_digits() {
  if (!PyErr_ExceptionMatches(PyExc_ValueError)) return false;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  Ref text(value ? PyObject_Str(value) : PyUnicode_FromString(""));
  Ref start(PyUnicode_FromString("Exceeds the limit"));
  if (!text || !start || PyUnicode_Tailmatch(text.get(), start.get(), 0, PY_SSIZE_T_MAX, -1) != 1) {
    PyErr_Restore(type, value, trace);
    return false;
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  raise("LimitError", "integer larger than 4300 digits");
  return true;
}

bool refuse_size(Py_ssize_t size, Py_ssize_t count, Py_ssize_t limit, const char* what) {
  if (count <= 0 || size <= limit / count) return false;
  const std::string_view kind = what;
  if (kind == "text") {
    raise("LimitError", "result larger than %zdMB", limit >> 20);
  } else if (kind == "array") {
    raise("LimitError", "result larger than %zd items", limit);
  } else {
    raise("LimitError", "%s larger than %zd%s", what, limit, kind == "integer" ? " bits" : "");
  }
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
