#include "runtime/native/object.h"

#include "runtime/native/helpers.h"
#include "runtime/native/lending.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* object_subscript(PyObject* self, PyObject* key) {
  if (!PyUnicode_CheckExact(key) && !check_key(key)) return nullptr;
  PyObject* value = PyDict_GetItemWithError(self, key);
  if (value) return new_ref(value);
  return PyErr_Occurred() ? nullptr : none();
}

int object_assign(PyObject* self, PyObject* key, PyObject* value) {
  if (!PyUnicode_CheckExact(key) && !check_key(key)) return -1;
  return value ? PyDict_SetItem(self, key, value) : PyDict_DelItem(self, key);
}

PyMappingMethods mapping = {nullptr, object_subscript, object_assign};

// The memory goes back to dict's free list, from which new_object takes it.
void object_dealloc(PyObject* self) {
  Py_SET_TYPE(self, &PyDict_Type);
  PyDict_Type.tp_dealloc(self);
}

PyObject* py_obj(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* names) {
  PyObject* object = new_object();
  if (!object || !names) return object;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    if (PyDict_SetItem(object, PyTuple_GET_ITEM(names, i), args[positional + i]) < 0) {
      Py_DECREF(object);
      return nullptr;
    }
  }
  return object;
}

PyObject* py_obj_of(PyObject*, PyObject* const* args, Py_ssize_t count) {
  Ref object(new_object());
  for (Py_ssize_t i = 0; object && i + 1 < count; i += 2)
    if (!check_key(args[i]) || PyDict_SetItem(object.get(), args[i], args[i + 1]) < 0) return nullptr;
  return object.release();
}

PyObject* py_adopt(PyObject*, PyObject* dict) {
  if (!PyDict_CheckExact(dict)) return raise("InternalError", "adopt() needs a dict");
  return adopt(new_ref(dict));
}

PyMethodDef helpers[] = {{"__obj", as_cfunction(py_obj), METH_FASTCALL | METH_KEYWORDS, nullptr},
                         {"__obj_of", as_cfunction(py_obj_of), METH_FASTCALL, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {
    {"adopt", py_adopt, METH_O, "Turns a fresh dict that only the caller holds into an Object, in place."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyTypeObject Object_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Object",
    .tp_dealloc = object_dealloc,
    .tp_as_mapping = &mapping,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DICT_SUBCLASS,  // garbage collection is inherited with them
    .tp_doc = "An ML object.",
};

PyObject* adopt(PyObject* dict) {
  if (dict) Py_SET_TYPE(dict, &Object_Type);
  return dict;
}

PyObject* new_object() { return adopt(PyDict_New()); }

bool check_key(PyObject* key) {
  switch (kind_of(key)) {
    case Kind::string:
    case Kind::integer:
    case Kind::real:
    case Kind::boolean:
    case Kind::null: return true;
    default: raise_type("an object key must be a string, number, boolean or null, not %s", type_name(key));
  }
  return false;
}

PyObject* object_find(PyObject* object, PyObject* key) {
  if (!PyUnicode_CheckExact(key) && !check_key(key)) return nullptr;
  PyObject* value = PyDict_GetItemWithError(object, key);
  if (!value || !Py_IS_TYPE(object, &Lent_Type)) return value;
  Ref seen(lent_value(value));
  return seen.get() == value ? value : keep_lent(seen.release());
}

int add_object(PyObject* module) {
  Object_Type.tp_base = &PyDict_Type;
  if (PyType_Ready(&Object_Type) < 0 || PyModule_AddType(module, &Object_Type) < 0) return -1;
  if (add_helper("__Object", reinterpret_cast<PyObject*>(&Object_Type)) < 0 || add_helpers(helpers) < 0)
    return -1;
  return PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
