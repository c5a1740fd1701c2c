#include "runtime/native/indexing.h"

#include "runtime/native/display.h"
#include "runtime/native/error_value.h"
#include "runtime/native/helpers.h"
#include "runtime/native/lending.h"
#include "runtime/native/members.h"
#include "runtime/native/module_value.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

const char* sequence_name(PyObject* v) {
  return PyList_CheckExact(v) ? "list" : PyBytes_CheckExact(v) ? "bytes" : "string";
}

PyObject* null_access(PyObject* key) {
  Ref shown(display(key));
  return shown ? raise_type("cannot read property '%U' of null", shown.get()) : nullptr;
}

// Position in a sequence. False with an error set.
bool position(PyObject* sequence, PyObject* key, Py_ssize_t* out) {
  const int state = to_index(key, out);
  if (state == 0) raise_type("%s indices must be integers, not %s", sequence_name(sequence), type_name(key));
  return state == 1;
}

PyObject* index(PyObject* o, PyObject* key) {
  const Kind kind = kind_of(o);
  if (kind == Kind::array || kind == Kind::string || kind == Kind::bytes) {
    Py_ssize_t i;
    if (!position(o, key, &i)) return nullptr;
    const Py_ssize_t size = PyObject_Size(o);
    if (i < 0) i += size;
    if (i < 0 || i >= size) return raise("IndexError", "%s index out of range", sequence_name(o));
    if (kind == Kind::bytes) return PyLong_FromLong(static_cast<unsigned char>(PyBytes_AS_STRING(o)[i]));
    return kind == Kind::array ? new_ref(PyList_GET_ITEM(o, i)) : PyUnicode_Substring(o, i, i + 1);
  }
  if (kind == Kind::null) return null_access(key);
  if (kind == Kind::object || kind == Kind::module || kind == Kind::error) return PyObject_GetItem(o, key);
  if (kind == Kind::library && PyUnicode_CheckExact(key)) return get_member(o, key);
  return raise_type("'%s' object is not subscriptable", type_name(o));
}

PyObject* py_index(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__index(o, k)");
  return index(args[0], args[1]);
}

PyObject* py_set_index(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3) return raise("InternalError", "__set_index(o, k, v)");
  PyObject* o = args[0];
  if (PyList_CheckExact(o)) {
    Py_ssize_t i;
    if (!position(o, args[1], &i)) return nullptr;
    if (i < 0) i += PyList_GET_SIZE(o);
    if (i < 0 || i >= PyList_GET_SIZE(o)) return raise("IndexError", "list assignment index out of range");
    return PyList_SetItem(o, i, new_ref(args[2])) < 0 ? nullptr : none();
  }
  if (is_object(o)) return PyObject_SetItem(o, args[1], args[2]) < 0 ? nullptr : none();
  return raise_type("'%s' object does not support item assignment", type_name(o));
}

bool bound(PyObject* v, Py_ssize_t* out) {
  if (v == Py_None) return true;
  const int state = to_index(v, out);
  if (state == 0) raise_type("slice indices must be integers or null, not %s", type_name(v));
  return state == 1;
}

// Bounds of o[b:e:s] resolved for a sequence of this size. False with an error set.
struct Slice {
  Py_ssize_t begin, end, step = 1, count = 0;
  bool read(PyObject* b, PyObject* e, PyObject* s, Py_ssize_t size) {
    if (!bound(s, &step)) return false;
    if (step == 0) return raise("ValueError", "slice step cannot be zero") != nullptr;
    if (step < -PY_SSIZE_T_MAX) step = -PY_SSIZE_T_MAX;
    begin = step < 0 ? PY_SSIZE_T_MAX : 0;
    end = step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    if (!bound(b, &begin) || !bound(e, &end)) return false;
    count = PySlice_AdjustIndices(size, &begin, &end, step);
    return true;
  }
};

PyObject* py_slice(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 4) return raise("InternalError", "__slice(o, begin, end, step)");
  PyObject* o = args[0];
  const Kind kind = kind_of(o);
  if (kind != Kind::array && kind != Kind::string && kind != Kind::bytes) {
    if (o == Py_None) return raise_type("cannot take a slice of null");
    return raise_type("'%s' object is not subscriptable", type_name(o));
  }
  const bool array = kind == Kind::array;
  Slice s;
  if (!s.read(args[1], args[2], args[3], PyObject_Size(o))) return nullptr;
  if (kind == Kind::bytes) {
    Ref result(PyBytes_FromStringAndSize(nullptr, s.count));
    for (Py_ssize_t i = 0, at = s.begin; result && i < s.count; ++i, at += s.step)
      PyBytes_AS_STRING(result.get())[i] = PyBytes_AS_STRING(o)[at];
    return result.release();
  }
  if (s.step == 1)
    return array ? PyList_GetSlice(o, s.begin, s.end) : PyUnicode_Substring(o, s.begin, s.begin + s.count);
  if (array) {
    PyObject* result = PyList_New(s.count);
    for (Py_ssize_t i = 0, at = s.begin; result && i < s.count; ++i, at += s.step)
      PyList_SET_ITEM(result, i, new_ref(PyList_GET_ITEM(o, at)));
    return result;
  }
  Ref characters(PyList_New(s.count));
  for (Py_ssize_t i = 0, at = s.begin; characters && i < s.count; ++i, at += s.step) {
    PyObject* c = PyUnicode_Substring(o, at, at + 1);
    if (!c) return nullptr;
    PyList_SET_ITEM(characters.get(), i, c);
  }
  Ref empty(PyUnicode_FromString(""));
  return characters && empty ? PyUnicode_Join(empty.get(), characters.get()) : nullptr;
}

PyObject* py_set_slice(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 5) return raise("InternalError", "__set_slice(o, begin, end, step, v)");
  PyObject *o = args[0], *v = args[4];
  if (!PyList_CheckExact(o)) return raise_type("'%s' object does not support slice assignment", type_name(o));
  if (!PyList_CheckExact(v))
    return raise_type("a slice can only be replaced by an array, not %s", type_name(v));
  Slice s;
  if (!s.read(args[1], args[2], args[3], PyList_GET_SIZE(o))) return nullptr;
  if (s.step == 1) {
    if (s.end < s.begin) s.end = s.begin;
    return PyList_SetSlice(o, s.begin, s.end, v) < 0 ? nullptr : none();
  }
  if (PyList_GET_SIZE(v) != s.count)
    return raise("ValueError", "attempt to assign array of size %zd to extended slice of size %zd",
                 PyList_GET_SIZE(v), s.count);
  Ref values(PyList_AsTuple(v));
  for (Py_ssize_t i = 0, at = s.begin; values && i < s.count; ++i, at += s.step)
    if (PyList_SetItem(o, at, new_ref(PyTuple_GET_ITEM(values.get(), i))) < 0) return nullptr;
  return values ? none() : nullptr;
}

PyObject* too_few(Py_ssize_t wanted, Py_ssize_t got) {
  return raise("ValueError", "not enough values to unpack (expected %zd, got %zd)", wanted, got);
}

PyObject* py_unpack(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__unpack(v, n)");
  const Py_ssize_t wanted = PyLong_AsSsize_t(args[1]);
  if (wanted < 0) return nullptr;
  PyObject* v = args[0];
  if (PyList_CheckExact(v)) {
    const Py_ssize_t size = PyList_GET_SIZE(v);
    if (size == wanted) return new_ref(v);
    return size < wanted ? too_few(wanted, size) : PyList_GetSlice(v, 0, wanted);
  }
  Ref source(iterable(v)), iterator(source ? PyObject_GetIter(source.get()) : nullptr);
  Ref result(iterator ? PyList_New(0) : nullptr);
  while (result && PyList_GET_SIZE(result.get()) < wanted) {
    Ref item(PyIter_Next(iterator.get()));
    if (!item) return PyErr_Occurred() ? nullptr : too_few(wanted, PyList_GET_SIZE(result.get()));
    if (PyList_Append(result.get(), item.get()) < 0) return nullptr;
  }
  return result.release();
}

PyObject* property(PyObject* v, Kind kind, PyObject* name) {
  if (kind == Kind::module) {
    PyObject* found = module_shows(v, name) ? PyDict_GetItemWithError(module_members(v), name) : nullptr;
    return found ? new_ref(found) : PyErr_Occurred() ? nullptr : none();
  }
  return PyObject_GetItem(v, name);
}

PyObject* py_props(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) return raise("InternalError", "__props(v, names...)");
  const Kind kind = kind_of(args[0]);
  if (kind != Kind::object && kind != Kind::error && kind != Kind::module) {
    if (kind == Kind::null && count > 1) return null_access(args[1]);
    return raise_type("cannot destructure %s: expected an object", type_name(args[0]));
  }
  Ref result(PyTuple_New(count - 1));
  for (Py_ssize_t i = 1; result && i < count; ++i) {
    PyObject* value = property(args[0], kind, args[i]);
    if (!value) return nullptr;
    PyTuple_SET_ITEM(result.get(), i - 1, value);
  }
  return result.release();
}

PyObject* py_iter(PyObject*, PyObject* v) { return iterable(v); }

PyMethodDef helpers[] = {{"__index", as_cfunction(py_index), METH_FASTCALL, nullptr},
                         {"__set_index", as_cfunction(py_set_index), METH_FASTCALL, nullptr},
                         {"__slice", as_cfunction(py_slice), METH_FASTCALL, nullptr},
                         {"__set_slice", as_cfunction(py_set_slice), METH_FASTCALL, nullptr},
                         {"__unpack", as_cfunction(py_unpack), METH_FASTCALL, nullptr},
                         {"__props", as_cfunction(py_props), METH_FASTCALL, nullptr},
                         {"__iter", py_iter, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {
    {"iterate", py_iter, METH_O, "What a for loop over the value goes over; TypeError when it cannot."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* iterable(PyObject* v) {
  switch (kind_of(v)) {
    case Kind::array:
    case Kind::string:
    case Kind::bytes:
    case Kind::generator:
    case Kind::iterator: return new_ref(v);
    case Kind::object: return PyDict_Keys(v);
    case Kind::error: return error_keys(v);
    case Kind::library:
      if (Py_TYPE(v)->tp_iter) return PyObject_GetIter(v);
      break;
    case Kind::other:
      // range() in a for loop, never a value of a program.
      if (Py_IS_TYPE(v, &PyRange_Type)) return new_ref(v);
      break;
    default: break;
  }
  return raise_type("'%s' object is not iterable", type_name(v));
}

PyObject* as_list(PyObject* v) {
  Ref source(iterable(v));
  return source ? PySequence_List(source.get()) : nullptr;
}

int add_indexing(PyObject* module) {
  return add_helpers(helpers) < 0 ? -1 : PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
