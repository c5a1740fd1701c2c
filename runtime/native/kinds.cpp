#include "runtime/native/kinds.h"

#include <vector>

#include "runtime/native/lending.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

std::vector<LibraryClass>& library_classes() {
  static std::vector<LibraryClass> classes;
  return classes;
}

// Names are looked up in the class unless the table brings its own functions.
PyObject* member_functions(PyObject* cls, PyObject* members) {
  Ref table(PyDict_New());
  if (!table) return nullptr;
  if (PyDict_Check(members)) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(members, &position, &key, &value)) {
      Ref found = PyUnicode_Check(value) ? Ref(PyObject_GetAttr(cls, value)) : Ref::borrowed(value);
      if (!found || PyDict_SetItem(table.get(), key, found.get()) < 0) return nullptr;
    }
    return table.release();
  }
  Ref names(PySequence_List(members));
  if (!names) return nullptr;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names.get()); ++i) {
    PyObject* name = PyList_GET_ITEM(names.get(), i);
    Ref found(PyObject_GetAttr(cls, name));
    if (!found || PyDict_SetItem(table.get(), name, found.get()) < 0) return nullptr;
  }
  return table.release();
}

PyObject* extension = nullptr;

// Built-in functions of Python itself are C functions, too: ours have no `self` or this module.
bool is_own(PyObject* c_function) {
  PyObject* self = PyCFunction_GET_SELF(c_function);
  return self == nullptr || self == extension;
}

PyObject* library_subscript(PyObject* self, PyObject* key) {
  if (PyUnicode_CheckExact(key)) return get_member(self, key);
  return raise_type("'%s' object is not subscriptable", type_name(self));
}
PyMethodDef subscript_method = {"__getitem__", library_subscript, METH_O, nullptr};

PyObject* register_class(PyObject*, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"cls", "name", "members", "display", nullptr};
  PyObject *cls, *name, *members, *display = nullptr;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!UO|O:register_class", const_cast<char**>(names),
                                   &PyType_Type, &cls, &name, &members, &display))
    return nullptr;
  PyObject* table = member_functions(cls, members);
  if (!table) return nullptr;
  if (!display || display == Py_None) {
    display = PyDict_GetItemString(table, "toString");
  }
  auto* type = reinterpret_cast<PyTypeObject*>(cls);
  // Generated code reads `o.name` as a subscript where the name is no member of ML's own values.
  Ref subscript(PyDescr_NewMethod(type, &subscript_method));
  if (!subscript || PyObject_SetAttrString(cls, "__getitem__", subscript.get()) < 0) return nullptr;
  Py_INCREF(cls);
  Py_INCREF(name);
  Py_XINCREF(display);
  library_classes().push_back({type, name, table, display});
  return new_ref(cls);
}

PyObject* py_typeof(PyObject*, PyObject* v) { return PyUnicode_FromString(type_name(v)); }
PyObject* py_callable(PyObject*, PyObject* v) { return boolean(is_callable(v)); }
PyObject* py_is_user_function(PyObject*, PyObject* v) { return boolean(is_user_function(v)); }

PyMethodDef methods[] = {
    {"register_class", as_cfunction(register_class), METH_VARARGS | METH_KEYWORDS,
     "register_class(cls, name, members, display=None): instances become values; only the members are "
     "reachable."},
    {"typeof", py_typeof, METH_O, "ML type name of a value."},
    {"callable", py_callable, METH_O, "Whether ML may call the value."},
    {"is_user_function", py_is_user_function, METH_O, "Whether the value is a function written in ML."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

const LibraryClass* find_library_class(PyTypeObject* type) {
  for (const LibraryClass& c : library_classes())
    if (c.type == type) return &c;
  return nullptr;
}

Kind kind_of_rare(PyObject* v) {
  PyTypeObject* t = Py_TYPE(v);
  if (t == &PyFunction_Type || t == &Method_Type) return Kind::function;
  if (t == &PyCFunction_Type) return is_own(v) ? Kind::function : Kind::other;
  if (t == &Lent_Type) return Kind::object;
  if (t == &PyGen_Type) return Kind::generator;
  if (t == &PyBytes_Type) return Kind::bytes;
  if (t == &Error_Type) return Kind::error;
  if (t == &Module_Type) return Kind::module;
  if (t == &Iterator_Type) return Kind::iterator;
  return find_library_class(t) ? Kind::library : Kind::other;
}

const char* type_name(PyObject* v) {
  switch (kind_of(v)) {
    case Kind::null: return "null";
    case Kind::boolean: return "boolean";
    case Kind::integer:
    case Kind::real: return "number";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::array: return "array";
    case Kind::object: return "object";
    case Kind::function: return "function";
    case Kind::generator: return "generator";
    case Kind::iterator: return "iterator";
    case Kind::error: return "error";
    case Kind::module: return "module";
    case Kind::library: return PyUnicode_AsUTF8(find_library_class(Py_TYPE(v))->name);
    case Kind::other: break;
  }
  return "unknown";
}

int add_kinds(PyObject* module) {
  extension = module;
  return PyModule_AddFunctions(module, methods);
}

}  // namespace ml::native
