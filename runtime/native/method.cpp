#include "runtime/native/method.h"

#include <cstddef>
#include <vector>

#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

struct Method {
  PyObject_HEAD PyObject *receiver, *target, *name;
  vectorcallfunc call;
};

struct Iterator {
  PyObject_HEAD PyObject* inner;
};

Method* as_method(PyObject* v) { return reinterpret_cast<Method*>(v); }
Iterator* as_iterator(PyObject* v) { return reinterpret_cast<Iterator*>(v); }

PyObject* method_call(PyObject* self, PyObject* const* args, size_t flags, PyObject* names) {
  Method* m = as_method(self);
  if (names) return raise_type("%U() takes no keyword arguments", m->name);
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  if (is_member_ref(m->target)) return call_member_ref(m->target, m->receiver, args, count);
  std::vector<PyObject*> all(static_cast<size_t>(count) + 1);
  all[0] = m->receiver;
  for (Py_ssize_t i = 0; i < count; ++i) all[i + 1] = args[i];
  return PyObject_Vectorcall(m->target, all.data(), all.size(), nullptr);
}

int method_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_method(self)->receiver);
  Py_VISIT(as_method(self)->target);
  Py_VISIT(as_method(self)->name);
  return 0;
}
int method_clear(PyObject* self) {
  Py_CLEAR(as_method(self)->receiver);
  Py_CLEAR(as_method(self)->target);
  Py_CLEAR(as_method(self)->name);
  return 0;
}
void method_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  method_clear(self);
  PyObject_GC_Del(self);
}

int iterator_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_iterator(self)->inner);
  return 0;
}
int iterator_clear(PyObject* self) {
  Py_CLEAR(as_iterator(self)->inner);
  return 0;
}
void iterator_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  iterator_clear(self);
  PyObject_GC_Del(self);
}
PyObject* get_target(PyObject* self, void*) { return new_ref(as_method(self)->target); }
PyGetSetDef method_attributes[] = {
    {"target", get_target, nullptr, "What is called; for the library.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyObject* iterator_next(PyObject* self) { return PyIter_Next(as_iterator(self)->inner); }
PyObject* iterator_self(PyObject* self) { return new_ref(self); }

PyObject* iterator_new(PyTypeObject*, PyObject* args, PyObject*) {
  PyObject* source;
  return PyArg_ParseTuple(args, "O:Iterator", &source) ? new_iterator(PyObject_GetIter(source)) : nullptr;
}

}  // namespace

PyTypeObject Method_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Method",
    .tp_basicsize = sizeof(Method),
    .tp_dealloc = method_dealloc,
    .tp_vectorcall_offset = offsetof(Method, call),
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "A member function bound to its receiver.",
    .tp_traverse = method_traverse,
    .tp_clear = method_clear,
    .tp_getset = method_attributes,
};

PyTypeObject Iterator_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Iterator",
    .tp_basicsize = sizeof(Iterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Iterator(python_iterable): a one-shot iterator.",
    .tp_traverse = iterator_traverse,
    .tp_clear = iterator_clear,
    .tp_iter = iterator_self,
    .tp_iternext = iterator_next,
    .tp_new = iterator_new,
};

PyObject* new_method(PyObject* receiver, PyObject* target, PyObject* name) {
  Method* m = PyObject_GC_New(Method, &Method_Type);
  if (!m) return nullptr;
  m->receiver = new_ref(receiver);
  m->target = new_ref(target);
  m->name = new_ref(name);
  m->call = method_call;
  PyObject_GC_Track(m);
  return reinterpret_cast<PyObject*>(m);
}

PyObject* method_name(PyObject* method) { return as_method(method)->name; }
PyObject* method_target(PyObject* method) { return as_method(method)->target; }
PyObject* method_receiver(PyObject* method) { return as_method(method)->receiver; }

PyObject* new_iterator(PyObject* python_iterator) {
  if (!python_iterator) return nullptr;
  Iterator* it = PyObject_GC_New(Iterator, &Iterator_Type);
  if (!it) {
    Py_DECREF(python_iterator);
    return nullptr;
  }
  it->inner = python_iterator;
  PyObject_GC_Track(it);
  return reinterpret_cast<PyObject*>(it);
}

int add_methods(PyObject* module) {
  if (PyType_Ready(&Method_Type) < 0 || PyType_Ready(&Iterator_Type) < 0) return -1;
  if (PyModule_AddType(module, &Method_Type) < 0 || PyModule_AddType(module, &Iterator_Type) < 0) return -1;
  return 0;
}

}  // namespace ml::native
