#include "runtime/native/module_value.h"

#include "runtime/native/raise.h"

namespace ml::native {
namespace {

struct Module {
  PyObject_HEAD PyObject *name, *members, *twin;
  bool library;
};

Module* as_module(PyObject* v) { return reinterpret_cast<Module*>(v); }

// CPython has no call that makes a module object on a given dict; the dict's place in it is public, though.
PyObject* make_twin(PyObject* name, PyObject* members) {
  PyObject* twin = PyModule_NewObject(name);
  if (!twin) return nullptr;
  auto** place = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(twin) + PyModule_Type.tp_dictoffset);
  Py_INCREF(members);
  Py_SETREF(*place, members);
  return twin;
}

PyObject* module_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"name", "members", "library", nullptr};
  PyObject *name, *members;
  int library = 0;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "UO!|p:Module", const_cast<char**>(names), &name,
                                   &PyDict_Type, &members, &library))
    return nullptr;
  // The twin's own errors name the module by this entry.
  if (!PyDict_GetItemString(members, "__name__") && PyDict_SetItemString(members, "__name__", name) < 0)
    return nullptr;
  Ref twin(make_twin(name, members));
  if (!twin) return nullptr;
  auto* m = reinterpret_cast<Module*>(type->tp_alloc(type, 0));
  if (!m) return nullptr;
  m->name = new_ref(name);
  m->members = new_ref(members);
  m->twin = twin.release();
  m->library = library != 0;
  return reinterpret_cast<PyObject*>(m);
}

int module_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_module(self)->members);
  Py_VISIT(as_module(self)->twin);
  return 0;
}
int module_clear(PyObject* self) {
  Py_CLEAR(as_module(self)->members);
  Py_CLEAR(as_module(self)->twin);
  return 0;
}
void module_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  module_clear(self);
  Py_CLEAR(as_module(self)->name);
  PyObject_GC_Del(self);
}

PyObject* module_subscript(PyObject* self, PyObject* key) {
  if (PyUnicode_CheckExact(key)) return module_get(self, key);
  return raise_type("module members are named by strings, not %s", type_name(key));
}

PyObject* get_twin(PyObject* self, void*) { return new_ref(as_module(self)->twin); }
PyObject* get_library(PyObject* self, void*) { return boolean(as_module(self)->library); }
PyObject* get_name(PyObject* self, void*) { return new_ref(as_module(self)->name); }

PyGetSetDef attributes[] = {{"twin", get_twin, nullptr, nullptr, nullptr},
                            {"library", get_library, nullptr, nullptr, nullptr},
                            {"name", get_name, nullptr, nullptr, nullptr},
                            {nullptr, nullptr, nullptr, nullptr, nullptr}};
PyMappingMethods mapping = {nullptr, module_subscript, nullptr};

PyObject* py_module_members(PyObject*, PyObject* module) {
  if (!Py_IS_TYPE(module, &Module_Type)) return raise_type("module_members() needs a module");
  return new_ref(as_module(module)->members);
}

PyMethodDef functions[] = {{"module_members", py_module_members, METH_O, "The dict a Module is live over."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyTypeObject Module_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Module",
    .tp_basicsize = sizeof(Module),
    .tp_dealloc = module_dealloc,
    .tp_as_mapping = &mapping,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Module(name, members, library=False): an ML module over a dict.",
    .tp_traverse = module_traverse,
    .tp_clear = module_clear,
    .tp_getset = attributes,
    .tp_new = module_new,
};

PyObject* module_name(PyObject* module) { return as_module(module)->name; }
PyObject* module_members(PyObject* module) { return as_module(module)->members; }

bool module_shows(PyObject* module, PyObject* name) {
  const Py_ssize_t length = PyUnicode_GET_LENGTH(name);
  if (length == 0 || PyUnicode_READ_CHAR(name, 0) != '_') return true;
  return !as_module(module)->library && (length < 2 || PyUnicode_READ_CHAR(name, 1) != '_');
}

PyObject* module_get(PyObject* module, PyObject* name) {
  if (!module_shows(module, name)) return raise_violation(name), nullptr;
  PyObject* found = PyDict_GetItemWithError(as_module(module)->members, name);
  if (found) return new_ref(found);
  if (PyErr_Occurred()) return nullptr;
  return raise("AttributeError", "module '%U' has no member '%U'", as_module(module)->name, name);
}

int add_module_value(PyObject* module) {
  if (PyType_Ready(&Module_Type) < 0 || PyModule_AddType(module, &Module_Type) < 0) return -1;
  return PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
