#include "runtime/native/member_ref.h"

#include <cstring>
#include <deque>
#include <string>

#include "runtime/native/error_value.h"
#include "runtime/native/module_value.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* refs = nullptr;
const char* const receiver_names[] = {"array",   "string",   "object",   "number",
                                      "boolean", "function", "generator"};

void ref_dealloc(PyObject* self) {
  Py_CLEAR(reinterpret_cast<MemberRef*>(self)->name);
  PyObject_Free(self);
}

PyTypeObject MemberRef_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.MemberRef",
    .tp_basicsize = sizeof(MemberRef),
    .tp_dealloc = ref_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

void count_parameters(Member& m) {
  m.least = m.most = 0;
  const char* p = m.parameters;
  while (*p) {
    const size_t length = std::strcspn(p, ",");
    if (p[length - 1] == '.')
      m.most = -1;
    else {
      ++m.most;
      if (p[length - 1] != '?') ++m.least;
    }
    p += length;
    if (*p == ',') p += 2;
  }
}

MemberRef* ref_for(const char* text) {
  Ref name(intern(text));
  if (!name) return nullptr;
  PyObject* known = PyDict_GetItemWithError(refs, name.get());
  if (known) return reinterpret_cast<MemberRef*>(known);
  auto* made = PyObject_New(MemberRef, &MemberRef_Type);
  if (!made) return nullptr;
  made->name = name.release();
  for (const Member*& row : made->rows) row = nullptr;
  Ref holder(reinterpret_cast<PyObject*>(made));
  return PyDict_SetItem(refs, made->name, holder.get()) < 0 ? nullptr : made;
}

PyObject* string_list(PyObject* dict) {
  Ref keys(PyDict_Keys(dict));
  return keys && PyList_Sort(keys.get()) == 0 ? keys.release() : nullptr;
}

// Names a program can reach on a value: functions and constants of modules, members of library objects,
// section 4. For a plain object its own keys.
PyObject* py_member_names(PyObject*, PyObject* v) {
  const Kind kind = kind_of(v);
  if (kind == Kind::object) return PyDict_Keys(v);
  if (kind == Kind::error) return error_keys(v);
  if (kind == Kind::library) return string_list(find_library_class(Py_TYPE(v))->members);
  Ref names(PyDict_New());
  if (!names) return nullptr;
  if (kind == Kind::module) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(module_members(v), &position, &key, &value))
      if (PyUnicode_Check(key) && module_shows(v, key) && PyDict_SetItem(names.get(), key, Py_None) < 0)
        return nullptr;
    return string_list(names.get());
  }
  const char* type = type_name(v);
  for (int r = 0; r < kReceivers; ++r) {
    if (std::strcmp(type, receiver_names[r]) != 0) continue;
    PyObject *key, *ref;
    Py_ssize_t position = 0;
    while (PyDict_Next(refs, &position, &key, &ref))
      if (reinterpret_cast<MemberRef*>(ref)->rows[r] && PyDict_SetItem(names.get(), key, Py_None) < 0)
        return nullptr;
  }
  return string_list(names.get());
}

// {receiver: {name: (least, most or None, is property, parameters)}}
PyObject* py_member_table(PyObject*, PyObject*) {
  Ref table(PyDict_New());
  for (int r = 0; table && r < kReceivers; ++r) {
    Ref rows(PyDict_New());
    if (!rows || PyDict_SetItemString(table.get(), receiver_names[r], rows.get()) < 0) return nullptr;
    PyObject *key, *ref;
    Py_ssize_t position = 0;
    while (PyDict_Next(refs, &position, &key, &ref)) {
      const Member* m = reinterpret_cast<MemberRef*>(ref)->rows[r];
      if (!m) continue;
      Ref most(m->most < 0 ? none() : PyLong_FromLong(m->most));
      Ref row(Py_BuildValue("(iOOs)", m->least, most.get(),
                            m->form == Member::Form::method ? Py_False : Py_True, m->parameters));
      if (!row || PyDict_SetItem(rows.get(), key, row.get()) < 0) return nullptr;
    }
  }
  return table.release();
}

PyObject* py_get_member(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2 || !PyUnicode_CheckExact(args[1])) return raise("InternalError", "get_member(value, name)");
  return get_member(args[0], args[1]);
}

// Whether `value.name` reaches something; private names never do.
PyObject* py_has_member(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2 || !PyUnicode_CheckExact(args[1])) return raise("InternalError", "has_member(value, name)");
  const Kind kind = kind_of(args[0]);
  if (kind == Kind::object) return boolean(PyDict_Contains(args[0], args[1]) > 0);
  if (PyUnicode_GET_LENGTH(args[1]) > 0 && PyUnicode_READ_CHAR(args[1], 0) == '_') return boolean(false);
  if (kind == Kind::error) return boolean(error_has(args[0], args[1]));
  Ref found(get_member(args[0], args[1]));
  if (found) return boolean(true);
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return nullptr;
  PyErr_Clear();
  return boolean(false);
}

PyMethodDef functions[] = {
    {"member_table", py_member_table, METH_NOARGS,
     "The members of language.md section 4, by receiver type and name."},
    {"member_names", py_member_names, METH_O, "Names a program can reach on a value."},
    {"get_member", as_cfunction(py_get_member), METH_FASTCALL, "value.name with all checks."},
    {"has_member", as_cfunction(py_has_member), METH_FASTCALL, "Whether value.name reaches something."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* member_refs() { return refs; }
bool is_member_ref(PyObject* v) { return Py_IS_TYPE(v, &MemberRef_Type); }

MemberRows receiver_rows(Receiver receiver, int part) {
  switch (receiver) {
    case Receiver::array: return part == 0 ? array_members() : array_function_members();
    case Receiver::string: return part == 0 ? string_members() : string_search_members();
    case Receiver::object: return part == 0 ? object_members() : MemberRows{nullptr, 0};
    default: return part == 0 ? scalar_members(receiver) : MemberRows{nullptr, 0};
  }
}

int make_member_refs() {
  static std::deque<std::string> labels;
  refs = PyDict_New();
  if (!refs || PyType_Ready(&MemberRef_Type) < 0) return -1;
  for (int r = 0; r < kReceivers; ++r) {
    for (int part = 0; part < kParts; ++part) {
      const MemberRows table = receiver_rows(static_cast<Receiver>(r), part);
      for (int i = 0; i < table.count; ++i) {
        Member& m = table.rows[i];
        labels.push_back(std::string(receiver_names[r]) + "." + m.name);
        m.label = labels.back().c_str();
        count_parameters(m);
        MemberRef* ref = ref_for(m.name);
        if (!ref) return -1;
        ref->rows[r] = &m;
      }
    }
  }
  return 0;
}

int add_introspection(PyObject* module) { return PyModule_AddFunctions(module, functions); }

}  // namespace ml::native
