#include "runtime/native/lending.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

constexpr int kMostDepth = 1000;
constexpr Py_ssize_t kAhead = 32;  // elements whose memory is asked for in advance

struct LentList {
  PyObject* list;            // owned
  std::size_t first, count;  // its elements in Ledger::dicts, if all are there
};

// Owns a reference to everything in it.
struct Ledger {
  std::vector<PyObject*> dicts;
  std::vector<LentList> lists;
  std::unordered_map<PyObject*, PyObject*> places;  // list -> what stands for it, itself or a copy; owns both
  std::unordered_set<PyObject*> written;            // dicts that values were put into
  std::vector<PyObject*> kept;                      // converted values that were handed out as borrowed
};
Ledger ledger;
PyObject* converter = nullptr;

inline void prefetch(PyObject* const* items, Py_ssize_t i, Py_ssize_t count) {
  if (i + kAhead < count) __builtin_prefetch(items[i + kAhead], 1);
}

void lend_dict(PyObject* dict) {
  Py_SET_TYPE(dict, &Lent_Type);
  ledger.dicts.push_back(new_ref(dict));
}

bool is_plain_value(PyObject* v) {
  switch (kind_of(v)) {
    case Kind::other: return false;
    case Kind::function:
      return Py_TYPE(v) == &PyFunction_Type ? is_user_function(v) : Py_TYPE(v) == &Method_Type;
    case Kind::generator: {
      Ref code(PyObject_GetAttrString(v, "gi_code"));
      if (!code) PyErr_Clear();
      return code && PyCode_Check(code.get()) &&
             (reinterpret_cast<PyCodeObject*>(code.get())->co_flags & kMlCode) != 0;
    }
    default: return true;
  }
}

bool can_be_key(PyObject* key) {
  const Kind kind = kind_of(key);
  return kind == Kind::string || kind == Kind::null || is_number(kind);
}

PyObject* convert(PyObject* v) {
  if (!converter) return raise("InternalError", "no converter for lent values");
  return PyObject_CallOneArg(converter, v);
}

PyObject* lend_list(PyObject* list, int depth);

PyObject* lent_element(PyObject* v, int depth) {
  if (PyDict_CheckExact(v)) {
    lend_dict(v);
    return new_ref(v);
  }
  if (PyList_CheckExact(v)) return lend_list(v, depth);
  return is_plain_value(v) ? new_ref(v) : convert(v);
}

// A new reference to the list, or to a copy with converted elements.
PyObject* lend_list(PyObject* list, int depth) {
  if (const auto known = ledger.places.find(list); known != ledger.places.end())
    return new_ref(known->second);
  if (depth > kMostDepth) {
    PyErr_SetString(PyExc_ValueError, "nested too deeply");
    return nullptr;
  }
  ledger.places.emplace(new_ref(list), new_ref(list));
  const std::size_t first = ledger.dicts.size();
  const Py_ssize_t count = PyList_GET_SIZE(list);
  PyObject** items = reinterpret_cast<PyListObject*>(list)->ob_item;
  Py_ssize_t i = 0;
  for (; i < count; ++i) {
    prefetch(items, i, count);
    PyObject* item = items[i];
    if (!PyDict_CheckExact(item)) break;
    Py_SET_TYPE(item, &Lent_Type);
    Py_INCREF(item);
  }
  ledger.dicts.insert(ledger.dicts.end(), items, items + i);
  bool fits = true;
  if (i == count) {
    ledger.lists.push_back({new_ref(list), first, static_cast<std::size_t>(count)});
    return new_ref(list);
  }
  ledger.lists.push_back({new_ref(list), 0, 0});
  Ref copy;
  for (; i < PyList_GET_SIZE(list); ++i) {
    Ref item = Ref::borrowed(PyList_GET_ITEM(list, i));
    Ref made(lent_element(item.get(), depth + 1));
    if (!made) return nullptr;
    if (fits && made.get() != item.get()) {
      fits = false;
      copy = Ref(PyList_GetSlice(list, 0, i));
      if (!copy) return nullptr;
    }
    if (!fits && PyList_Append(copy.get(), made.get()) < 0) return nullptr;
  }
  if (fits) return new_ref(list);
  PyObject*& place = ledger.places.at(list);
  Py_SETREF(place, new_ref(copy.get()));
  return copy.release();
}

// Objects of ML that are in a value become dicts.
void make_plain(PyObject* v, std::unordered_set<PyObject*>& lists, int depth) {
  if (depth > kMostDepth) return;
  if (PyList_CheckExact(v)) {
    if (PyList_GET_SIZE(v) == 0 || !lists.insert(v).second) return;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(v); ++i) make_plain(PyList_GET_ITEM(v, i), lists, depth + 1);
  } else if (Py_IS_TYPE(v, &Object_Type)) {
    Py_SET_TYPE(v, &PyDict_Type);
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(v, &at, &key, &value)) make_plain(value, lists, depth + 1);
  }
}

bool unchanged(const LentList& lent, const std::vector<PyObject*>& dicts) {
  PyListObject* list = reinterpret_cast<PyListObject*>(lent.list);
  if (lent.count == 0 || static_cast<std::size_t>(Py_SIZE(list)) != lent.count) return false;
  return std::equal(list->ob_item, list->ob_item + lent.count,
                    dicts.begin() + static_cast<std::ptrdiff_t>(lent.first));
}

PyObject* lent_subscript(PyObject* self, PyObject* key) {
  if (!PyUnicode_CheckExact(key) && !check_key(key)) return nullptr;
  PyObject* value = PyDict_GetItemWithError(self, key);
  if (value) return lent_value(value);
  return PyErr_Occurred() ? nullptr : none();
}

int lent_assign(PyObject* self, PyObject* key, PyObject* value) {
  if (!PyUnicode_CheckExact(key) && !check_key(key)) return -1;
  if (!value) return PyDict_DelItem(self, key);
  if (PyList_CheckExact(value) || Py_IS_TYPE(value, &Object_Type)) note_written(self);
  return PyDict_SetItem(self, key, value);
}

PyMappingMethods mapping = {nullptr, lent_subscript, lent_assign};

void lent_dealloc(PyObject* self) {
  Py_SET_TYPE(self, &PyDict_Type);
  PyDict_Type.tp_dealloc(self);
}

PyObject* py_lend(PyObject*, PyObject* value) {
  if (PyList_CheckExact(value)) return lend_list(value, 0);
  if (!PyDict_CheckExact(value)) return new_ref(value);
  PyObject *key, *item;
  Py_ssize_t at = 0;
  while (PyDict_Next(value, &at, &key, &item)) {
    if (can_be_key(key)) continue;
    Ref shown(PyObject_Repr(key));
    if (!shown) return nullptr;
    Ref text(PyUnicode_FromFormat("a key that is a %s", Py_TYPE(key)->tp_name));
    Ref path(PyUnicode_FromFormat("[%U]", shown.get()));
    Ref arguments(text && path ? PyTuple_Pack(2, text.get(), path.get()) : nullptr);
    if (arguments) PyErr_SetObject(PyExc_ValueError, arguments.get());
    return nullptr;
  }
  lend_dict(value);
  return new_ref(value);
}

PyObject* py_take_back(PyObject*, PyObject*) {
  if (ledger.dicts.empty() && ledger.places.empty() && ledger.kept.empty()) return none();
  Ledger done = std::exchange(ledger, {});
  const auto count = static_cast<Py_ssize_t>(done.dicts.size());
  std::vector<PyObject*> last;  // dicts that nobody else holds any more
  for (Py_ssize_t i = 0; i < count; ++i) {
    prefetch(done.dicts.data(), i, count);
    PyObject* dict = done.dicts[static_cast<std::size_t>(i)];
    if (Py_IS_TYPE(dict, &Lent_Type)) Py_SET_TYPE(dict, &PyDict_Type);
    if (Py_REFCNT(dict) > 1)
      Py_DECREF(dict);
    else
      last.push_back(dict);
  }
  std::unordered_set<PyObject*> lists;
  for (PyObject* dict : done.written) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) make_plain(value, lists, 0);
  }
  for (const LentList& lent : done.lists)
    if (!unchanged(lent, done.dicts)) make_plain(lent.list, lists, 0);
  // Only now may anything be freed: that can run code of the host.
  for (const LentList& lent : done.lists) Py_DECREF(lent.list);
  for (const auto& [list, place] : done.places) {
    Py_DECREF(list);
    Py_DECREF(place);
  }
  for (PyObject* value : done.kept) Py_DECREF(value);
  for (PyObject* dict : done.written) Py_DECREF(dict);
  for (PyObject* dict : last) Py_DECREF(dict);
  return none();
}

PyObject* py_is_lent(PyObject*, PyObject* v) {
  return boolean(Py_IS_TYPE(v, &Lent_Type) || (PyList_CheckExact(v) && ledger.places.count(v) > 0));
}

PyObject* py_set_converter(PyObject*, PyObject* function) {
  Py_XSETREF(converter, new_ref(function));
  return none();
}

PyMethodDef functions[] = {{"lend", py_lend, METH_O,
                            "lend(list or dict) -> what ML gets for it: itself, or a copy of a list with "
                            "values that ML does not have. "
                            "ValueError(text, path) for a key that ML does not have."},
                           {"take_back", py_take_back, METH_NOARGS,
                            "Everything that was lent is plain again, with what ML put into it."},
                           {"is_lent", py_is_lent, METH_O, "Whether take_back() sees to this list or dict."},
                           {"set_converter", py_set_converter, METH_O,
                            "The function that makes values of ML from others in lent dicts."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyTypeObject Lent_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.Lent",
    .tp_dealloc = lent_dealloc,
    .tp_as_mapping = &mapping,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DICT_SUBCLASS,
    .tp_doc = "A dict of the host while a program of ML works on it.",
};

PyObject* lent_value(PyObject* value) {
  PyTypeObject* t = Py_TYPE(value);
  if (t == &PyUnicode_Type || t == &PyLong_Type || t == &PyFloat_Type || t == &PyBool_Type ||
      value == Py_None)
    return new_ref(value);
  return lent_element(value, 0);
}

PyObject* readable(PyObject* object) {
  if (!Py_IS_TYPE(object, &Lent_Type)) return new_ref(object);
  // Keys and values are held: converting may run code that changes the dict.
  Ref copy(PyDict_Copy(object));
  if (!copy) return nullptr;
  Ref made(new_object());
  PyObject *key, *value;
  Py_ssize_t at = 0;
  while (made && PyDict_Next(copy.get(), &at, &key, &value)) {
    if (!can_be_key(key))
      return raise("MarshalError", "a key that is a %s cannot be passed to ML", Py_TYPE(key)->tp_name);
    Ref seen(lent_value(value));
    if (!seen || PyDict_SetItem(made.get(), key, seen.get()) < 0) return nullptr;
  }
  return made.release();
}

void note_written(PyObject* object) {
  if (Py_IS_TYPE(object, &Lent_Type) && ledger.written.insert(object).second) Py_INCREF(object);
}

PyObject* keep_lent(PyObject* owned) {
  if (owned) ledger.kept.push_back(owned);
  return owned;
}

int add_lending(PyObject* module) {
  Lent_Type.tp_base = &PyDict_Type;
  if (PyType_Ready(&Lent_Type) < 0 || PyModule_AddType(module, &Lent_Type) < 0) return -1;
  return PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
