// Members of objects (language.md 4.3): reached by a call only, and only when the object has no such key.

#include <iterator>

#include "runtime/native/display.h"
#include "runtime/native/lending.h"
#include "runtime/native/members.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* keys(PyObject* o, const Args&) { return PyDict_Keys(o); }
PyObject* values(PyObject* o, const Args&) {
  Ref seen(readable(o));
  return seen ? PyDict_Values(seen.get()) : nullptr;
}

PyObject* items(PyObject* o, const Args&) {
  Ref result(PyList_New(0)), seen(readable(o));
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (seen && result && PyDict_Next(seen.get(), &position, &key, &value)) {
    Ref pair(Py_BuildValue("[OO]", key, value));
    if (!pair || PyList_Append(result.get(), pair.get()) < 0) return nullptr;
  }
  return seen ? result.release() : nullptr;
}

PyObject* get(PyObject* o, const Args& args) {
  PyObject* found = object_find(o, args[0]);
  if (found) return new_ref(found);
  if (PyErr_Occurred()) return nullptr;
  return args.count > 1 ? new_ref(args[1]) : none();
}

PyObject* has(PyObject* o, const Args& args) {
  PyObject* found = object_find(o, args[0]);
  return PyErr_Occurred() ? nullptr : boolean(found != nullptr);
}

// New reference to the value of a removed key; nullptr without an error when there is no such key.
PyObject* take(PyObject* o, PyObject* key) {
  PyObject* found = object_find(o, key);
  if (!found) return nullptr;
  Py_INCREF(found);
  if (PyDict_DelItem(o, key) == 0) return found;
  Py_DECREF(found);
  return nullptr;
}

PyObject* pop(PyObject* o, const Args& args) {
  PyObject* value = take(o, args[0]);
  if (value || PyErr_Occurred()) return value;
  if (args.count > 1) return new_ref(args[1]);
  Ref shown(quoted(args[0]));
  return shown ? raise("KeyError", "%U", shown.get()) : nullptr;
}

PyObject* remove(PyObject* o, const Args& args) {
  PyObject* value = take(o, args[0]);
  return value || PyErr_Occurred() ? value : none();
}

PyObject* popitem(PyObject* o, const Args&) {
  if (PyDict_Size(o) == 0) return raise("KeyError", "popitem from an empty object");
  static PyObject* name = intern("popitem");
  Ref pair(PyObject_CallMethodOneArg(reinterpret_cast<PyObject*>(&PyDict_Type), name, o));
  if (pair && Py_IS_TYPE(o, &Lent_Type)) {
    Ref value(lent_value(PyTuple_GET_ITEM(pair.get(), 1)));
    pair = Ref(value ? PyTuple_Pack(2, PyTuple_GET_ITEM(pair.get(), 0), value.get()) : nullptr);
  }
  return pair ? PySequence_List(pair.get()) : nullptr;
}

PyObject* update(PyObject* o, const Args& args) {
  if (!is_object(args[0])) return raise_argument(args.member->label, "other", "an object", args[0]);
  Ref seen(readable(args[0]));
  note_written(o);
  return seen && PyDict_Update(o, seen.get()) == 0 ? none() : nullptr;
}

PyObject* setdefault(PyObject* o, const Args& args) {
  if (!check_key(args[0])) return nullptr;
  note_written(o);
  if (!PyDict_SetDefault(o, args[0], args.count > 1 ? args[1] : Py_None)) return nullptr;
  PyObject* stored = object_find(o, args[0]);
  return stored ? new_ref(stored) : nullptr;
}

PyObject* clear(PyObject* o, const Args&) {
  PyDict_Clear(o);
  return none();
}

PyObject* copy(PyObject* o, const Args&) {
  Ref result(new_object()), seen(readable(o));
  return seen && result && PyDict_Update(result.get(), seen.get()) == 0 ? result.release() : nullptr;
}

PyObject* length(PyObject* o, const Args&) { return PyLong_FromSsize_t(PyDict_Size(o)); }
PyObject* to_string(PyObject* o, const Args&) { return display(o); }

Member rows[] = {
    {"keys", "", keys},
    {"values", "", values},
    {"items", "", items},
    {"entries", "", items},
    {"get", "key, default?", get},
    {"has", "key", has},
    {"hasOwnProperty", "key", has},
    {"pop", "key, default?", pop},
    {"remove", "key", remove},
    {"popitem", "", popitem},
    {"update", "other", update},
    {"setdefault", "key, default?", setdefault},
    {"clear", "", clear},
    {"copy", "", copy},
    {"length", "", length},
    {"toString", "", to_string},
};

}  // namespace

MemberRows object_members() { return {rows, static_cast<int>(std::size(rows))}; }

}  // namespace ml::native
