#include "runtime/native/error_value.h"

#include <frameobject.h>

#include <vector>

#include "runtime/native/display.h"
#include "runtime/native/helpers.h"
#include "runtime/native/lending.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"
#include "runtime/native/sandbox.h"

namespace ml::native {
namespace {

struct Error {
  PyObject_HEAD PyObject *exception, *trace, *facts;
};

Error* as_error(PyObject* v) { return reinterpret_cast<Error*>(v); }

PyObject *name_message, *name_type, *name_kind, *name_value, *name_trace;
PyObject* texts_that_need_a_frame[] = {nullptr, nullptr};
PyObject* fact_names[] = {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

PyObject* thrown_value(PyObject* error) {
  PyObject* exception = as_error(error)->exception;
  if (!PyErr_GivenExceptionMatches(exception, Thrown)) return nullptr;
  PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(exception)->args;
  return PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
}

PyObject* ml_error_part(PyObject* error, Py_ssize_t part) {
  PyObject* exception = as_error(error)->exception;
  if (!PyErr_GivenExceptionMatches(exception, MLError)) return nullptr;
  PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(exception)->args;
  return PyTuple_GET_SIZE(args) > part ? PyTuple_GET_ITEM(args, part) : nullptr;
}

PyObject* call_errors_module(const char* function, PyObject* a, PyObject* b) {
  // Not PyImport_ImportModule: that calls the `__import__` of the running code's built-ins table, which is
  // ML's.
  Ref wanted(Py_BuildValue("(s)", function));
  Ref module(wanted ? PyImport_ImportModuleLevel("mlpy.runtime.errors", nullptr, nullptr, wanted.get(), 0)
                    : nullptr);
  Ref f(module ? PyObject_GetAttrString(module.get(), function) : nullptr);
  return f ? PyObject_CallFunctionObjArgs(f.get(), a, b, nullptr) : nullptr;
}

// Borrowed dict of type, message, file, line, column, stack.
PyObject* facts(PyObject* error) {
  Error* e = as_error(error);
  if (!e->facts) e->facts = call_errors_module("facts", e->exception, e->trace);
  return e->facts;
}

PyObject* fact(PyObject* error, PyObject* name) {
  PyObject* all = facts(error);
  if (!all) return nullptr;
  PyObject* value = PyDict_GetItemWithError(all, name);
  return value ? new_ref(value) : PyErr_Occurred() ? nullptr : none();
}

bool is_ml(PyCodeObject* code) { return (code->co_flags & kMlCode) != 0; }

void add_place(std::vector<PyObject*>& places, PyCodeObject* code, int last_instruction) {
  places.push_back(new_ref(reinterpret_cast<PyObject*>(code)));
  places.push_back(PyLong_FromLong(last_instruction));
}

// (code, last instruction, code, ...) of the ML frames, innermost first: the frames the error passed through,
// then the callers of the catching frame. A traceback would keep frames, and so the variables of a program,
// alive.
PyObject* capture_trace(PyObject* exception) {
  std::vector<PyObject*> places;
  Ref head(PyException_GetTraceback(exception));
  std::vector<PyTracebackObject*> chain;
  for (auto* t = reinterpret_cast<PyTracebackObject*>(head.get()); t; t = t->tb_next) chain.push_back(t);
  for (size_t i = chain.size(); i-- > 0;) {
    Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(chain[i]->tb_frame)));
    auto* c = reinterpret_cast<PyCodeObject*>(code.get());
    if (is_ml(c)) add_place(places, c, chain[i]->tb_lasti);
  }
  PyFrameObject* catching = chain.empty() ? PyEval_GetFrame() : chain[0]->tb_frame;
  Ref frame(catching ? reinterpret_cast<PyObject*>(PyFrame_GetBack(catching)) : nullptr);
  while (frame) {
    auto* f = reinterpret_cast<PyFrameObject*>(frame.get());
    Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(f)));
    auto* c = reinterpret_cast<PyCodeObject*>(code.get());
    if (is_ml(c)) add_place(places, c, PyFrame_GetLasti(f));
    frame = Ref(reinterpret_cast<PyObject*>(PyFrame_GetBack(f)));
  }
  PyObject* trace = PyTuple_New(static_cast<Py_ssize_t>(places.size()));
  for (size_t i = 0; i < places.size(); ++i) {
    if (trace)
      PyTuple_SET_ITEM(trace, static_cast<Py_ssize_t>(i), places[i]);
    else
      Py_XDECREF(places[i]);
  }
  return trace;
}

// Texts that say too little: the key read from null, the other operand of a repetition. Names in the source
// tell them, but only while the frame still exists.
bool needs_frame(PyObject* exception) {
  if (!Py_IS_TYPE(exception, reinterpret_cast<PyTypeObject*>(PyExc_TypeError))) return false;
  PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(exception)->args;
  if (PyTuple_GET_SIZE(args) != 1 || !PyUnicode_Check(PyTuple_GET_ITEM(args, 0))) return false;
  for (PyObject* text : texts_that_need_a_frame)
    if (PyUnicode_Tailmatch(PyTuple_GET_ITEM(args, 0), text, 0, PY_SSIZE_T_MAX, -1) == 1) return true;
  return false;
}

// The trace of an exception: kept from its first catch, so that a re-thrown error keeps its place.
PyObject* trace_of(PyObject* exception, bool caught) {
  PyObject* attributes = reinterpret_cast<PyBaseExceptionObject*>(exception)->dict;
  PyObject* known = attributes ? PyDict_GetItemWithError(attributes, name_trace) : nullptr;
  if (known) return new_ref(known);
  if (PyErr_Occurred()) return nullptr;
  if (needs_frame(exception)) {
    Ref done(call_errors_module("keep_message", exception, nullptr));
    if (!done) return nullptr;
  }
  Ref trace(capture_trace(exception));
  if (!trace || PyObject_SetAttr(exception, name_trace, trace.get()) < 0) return nullptr;
  if (caught) PyException_SetTraceback(exception, Py_None);
  return trace.release();
}

PyObject* new_error(PyObject* exception, bool caught) {
  if (!PyExceptionInstance_Check(exception)) return raise("InternalError", "__caught() needs an exception");
  Ref trace(trace_of(exception, caught));
  if (!trace) return nullptr;
  Error* e = PyObject_GC_New(Error, &Error_Type);
  if (!e) return nullptr;
  e->exception = new_ref(exception);
  e->trace = trace.release();
  e->facts = nullptr;
  PyObject_GC_Track(e);
  return reinterpret_cast<PyObject*>(e);
}

PyObject* py_caught(PyObject*, PyObject* exception) {
  if (refuse_memory_error(exception)) return nullptr;
  return new_error(exception, true);
}
PyObject* py_error_value(PyObject*, PyObject* exception) { return new_error(exception, false); }

PyObject* py_throw(PyObject*, PyObject* value) {
  if (Py_IS_TYPE(value, &Error_Type)) return new_ref(as_error(value)->exception);
  return PyObject_CallOneArg(Thrown, value);
}

int error_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_error(self)->exception);
  Py_VISIT(as_error(self)->trace);
  Py_VISIT(as_error(self)->facts);
  return 0;
}
int error_clear(PyObject* self) {
  Py_CLEAR(as_error(self)->exception);
  Py_CLEAR(as_error(self)->trace);
  Py_CLEAR(as_error(self)->facts);
  return 0;
}
void error_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  error_clear(self);
  PyObject_GC_Del(self);
}

PyObject* attribute(PyObject* self, void* name) { return error_get(self, *static_cast<PyObject**>(name)); }
PyGetSetDef attributes[] = {{"message", attribute, nullptr, nullptr, &fact_names[0]},
                            {"type", attribute, nullptr, nullptr, &fact_names[1]},
                            {"value", attribute, nullptr, nullptr, &fact_names[2]},
                            {"file", attribute, nullptr, nullptr, &fact_names[3]},
                            {"line", attribute, nullptr, nullptr, &fact_names[4]},
                            {"column", attribute, nullptr, nullptr, &fact_names[5]},
                            {"stack", attribute, nullptr, nullptr, &fact_names[6]},
                            {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMappingMethods mapping = {nullptr, error_get, nullptr};

PyMethodDef helpers[] = {{"__caught", py_caught, METH_O, nullptr},
                         {"__throw", py_throw, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {{"error_value", py_error_value, METH_O,
                            "The error value of a Python exception, which keeps its traceback."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyTypeObject Error_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Error",
    .tp_basicsize = sizeof(Error),
    .tp_dealloc = error_dealloc,
    .tp_as_mapping = &mapping,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "A caught error.",
    .tp_traverse = error_traverse,
    .tp_clear = error_clear,
    .tp_getset = attributes,
};

PyObject* error_message(PyObject* error) {
  if (PyObject* value = thrown_value(error)) {
    if (!is_object(value)) return display(value);
    PyObject* message = object_find(value, name_message);
    if (message && message != Py_None) return display(message);
    return PyErr_Occurred() ? nullptr : PyUnicode_FromString("User-defined exception");
  }
  if (PyObject* message = ml_error_part(error, 1)) return new_ref(message);
  return fact(error, name_message);
}

PyObject* error_type(PyObject* error) {
  if (PyObject* value = thrown_value(error)) {
    PyObject* type = is_object(value) ? object_find(value, name_type) : nullptr;
    if (type && PyUnicode_CheckExact(type)) return new_ref(type);
    return PyErr_Occurred() ? nullptr : PyUnicode_FromString("Error");
  }
  if (PyObject* type = ml_error_part(error, 0)) return new_ref(type);
  return fact(error, name_type);
}

bool error_has(PyObject* error, PyObject* name) {
  PyObject* value = thrown_value(error);
  if (value && is_object(value) && PyDict_Contains(value, name) > 0) return true;
  for (PyObject* known : fact_names)
    if (PyUnicode_Compare(known, name) == 0) return true;
  return PyUnicode_Compare(name, name_kind) == 0;
}

PyObject* error_get(PyObject* error, PyObject* name) {
  if (!PyUnicode_CheckExact(name)) return check_key(name) ? none() : nullptr;
  PyObject* value = thrown_value(error);
  if (value && is_object(value)) {
    PyObject* own = object_find(value, name);
    if (own) return new_ref(own);
    if (PyErr_Occurred()) return nullptr;
  }
  if (PyUnicode_Compare(name, name_message) == 0) return error_message(error);
  if (PyUnicode_Compare(name, name_type) == 0 || PyUnicode_Compare(name, name_kind) == 0)
    return error_type(error);
  if (PyUnicode_Compare(name, name_value) == 0) return value ? new_ref(value) : none();
  return error_has(error, name) ? fact(error, name) : none();
}

PyObject* error_keys(PyObject* error) {
  PyObject* value = thrown_value(error);
  if (value && is_object(value)) return PyDict_Keys(value);
  return Py_BuildValue("[OO]", name_message, name_type);
}

int add_error_value(PyObject* module) {
  static const char* names[] = {"message", "type", "value", "file", "line", "column", "stack"};
  for (int i = 0; i < 7; ++i) fact_names[i] = intern(names[i]);
  name_message = fact_names[0];
  name_type = fact_names[1];
  name_kind = intern("kind");
  name_value = fact_names[2];
  name_trace = intern("__ml_trace__");
  texts_that_need_a_frame[0] = intern("'NoneType' object is not subscriptable");
  texts_that_need_a_frame[1] = intern("can't multiply sequence");
  if (PyType_Ready(&Error_Type) < 0 || PyModule_AddType(module, &Error_Type) < 0) return -1;
  return add_helpers(helpers) < 0 ? -1 : PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
