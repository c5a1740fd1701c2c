#include "runtime/native/members.h"

#include <cmath>
#include <cstring>
#include <string>

#include "runtime/native/error_value.h"
#include "runtime/native/helpers.h"
#include "runtime/native/lending.h"
#include "runtime/native/member_ref.h"
#include "runtime/native/method.h"
#include "runtime/native/module_value.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// Name of parameter i in a list such as "sub, start?, x...".
std::string parameter_name(const char* parameters, Py_ssize_t i) {
  const char* p = parameters;
  for (; i > 0 && std::strchr(p, ','); --i) p = std::strchr(p, ',') + 2;
  return std::string(p, std::strcspn(p, ",?."));
}

int receiver_of(Kind kind) {
  switch (kind) {
    case Kind::array: return static_cast<int>(Receiver::array);
    case Kind::string: return static_cast<int>(Receiver::string);
    case Kind::object: return static_cast<int>(Receiver::object);
    case Kind::integer:
    case Kind::real: return static_cast<int>(Receiver::number);
    case Kind::boolean: return static_cast<int>(Receiver::boolean);
    case Kind::function: return static_cast<int>(Receiver::function);
    case Kind::generator: return static_cast<int>(Receiver::generator);
    default: return -1;
  }
}

PyObject* invoke(const Member* m, PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < m->least || (count > m->most && m->most >= 0))
    return raise_arity(m->label, m->parameters, count, m->most);
  return m->call(self, Args{args, count, m});
}

PyObject* call_value(PyObject* f, PyObject* name, PyObject* const* args, Py_ssize_t count) {
  if (!is_callable(f)) return raise_type("Property '%U' is not callable (got %s)", name, type_name(f));
  // args[0] is the receiver, which the callee may overwrite for the time of the call.
  return PyObject_Vectorcall(f, args + 1, static_cast<size_t>(count - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                             nullptr);
}

PyObject* no_method(PyObject* self, PyObject* name) {
  if (kind_of(self) != Kind::object && refuse_private(name)) return nullptr;
  if (self == Py_None) return raise_type("cannot call method '%U' of null", name);
  if (kind_of(self) == Kind::object) return raise("AttributeError", "ML object has no property '%U'", name);
  return raise("AttributeError", "%s has no method '%U'", type_name(self), name);
}

PyObject* no_property(PyObject* self, PyObject* name) {
  if (refuse_private(name)) return nullptr;
  if (self == Py_None) return raise_type("cannot read property '%U' of null", name);
  return raise("AttributeError", "%s has no property '%U'", type_name(self), name);
}

// Borrowed function or property of a library object; nullptr without an error when there is none.
PyObject* library_member(PyObject* self, PyObject* name) {
  return PyDict_GetItemWithError(find_library_class(Py_TYPE(self))->members, name);
}

// Method call on anything but array, string and built-in object methods. `ref` may be nullptr.
PyObject* call_other(MemberRef* ref, PyObject* name, PyObject* const* args, Py_ssize_t count) {
  PyObject* self = args[0];
  const Kind kind = kind_of(self);
  switch (kind) {
    case Kind::object: {
      PyObject* own = object_find(self, name);
      if (own) {
        Ref holder = Ref::borrowed(own);
        return call_value(own, name, args, count);
      }
      if (PyErr_Occurred()) return nullptr;
      break;
    }
    case Kind::module:
    case Kind::error: {
      Ref value(kind == Kind::module ? module_get(self, name) : error_get(self, name));
      if (!value) return nullptr;
      if (kind == Kind::error && value.get() == Py_None) break;
      return call_value(value.get(), name, args, count);
    }
    case Kind::library: {
      if (refuse_private(name)) return nullptr;
      PyObject* found = library_member(self, name);
      if (!found) break;
      if (!Py_IS_TYPE(found, &PyProperty_Type))
        return PyObject_Vectorcall(found, args, static_cast<size_t>(count), nullptr);
      Ref value(get_member(self, name));
      return value ? call_value(value.get(), name, args, count) : nullptr;
    }
    default: break;
  }
  const int receiver = receiver_of(kind);
  const Member* m = ref && receiver >= 0 ? ref->rows[receiver] : nullptr;
  if (m && kind == Kind::function && m->form == Member::Form::property) m = nullptr;
  return m ? invoke(m, self, args + 1, count - 1) : PyErr_Occurred() ? nullptr : no_method(self, name);
}

// Every `__m_NAME`.
PyObject* helper_call(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) return raise("InternalError", "method helper called without a receiver");
  auto* ref = reinterpret_cast<MemberRef*>(self);
  PyTypeObject* type = Py_TYPE(args[0]);
  const Member* m = type == &PyList_Type      ? ref->rows[static_cast<int>(Receiver::array)]
                    : type == &PyUnicode_Type ? ref->rows[static_cast<int>(Receiver::string)]
                                              : nullptr;
  if (m) return invoke(m, args[0], args + 1, count - 1);
  return call_other(ref, ref->name, args, count);
}
PyMethodDef helper_definition = {"member", as_cfunction(helper_call), METH_FASTCALL, nullptr};

PyObject* py_call(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count < 2 || !PyUnicode_CheckExact(args[1])) return raise("InternalError", "__call(o, name, ...)");
  PyObject* small[8];
  if (count - 1 <= 8) {
    small[0] = args[0];
    for (Py_ssize_t i = 2; i < count; ++i) small[i - 1] = args[i];
    return call_member(args[1], small, count - 1);
  }
  auto** all = static_cast<PyObject**>(PyMem_Malloc(sizeof(PyObject*) * static_cast<size_t>(count)));
  if (!all) return PyErr_NoMemory();
  all[0] = args[0];
  for (Py_ssize_t i = 2; i < count; ++i) all[i - 1] = args[i];
  PyObject* result = call_member(args[1], all, count - 1);
  PyMem_Free(all);
  return result;
}

PyObject* py_get(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2 || !PyUnicode_CheckExact(args[1])) return raise("InternalError", "__get(o, name)");
  return get_member(args[0], args[1]);
}

PyObject* py_length(PyObject*, PyObject* v) {
  if (PyList_CheckExact(v)) return PyLong_FromSsize_t(PyList_GET_SIZE(v));
  if (PyUnicode_CheckExact(v)) return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(v));
  static PyObject* length = intern("length");
  return get_member(v, length);
}

PyMethodDef helpers[] = {{"__call", as_cfunction(py_call), METH_FASTCALL, nullptr},
                         {"__get", as_cfunction(py_get), METH_FASTCALL, nullptr},
                         {"__length", py_length, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

int add_method_helpers() {
  PyObject *name, *ref;
  Py_ssize_t position = 0;
  while (PyDict_Next(member_refs(), &position, &name, &ref)) {
    Ref function(PyCFunction_New(&helper_definition, ref));
    Ref helper_name(PyUnicode_FromFormat("__m_%U", name));
    if (!function || !helper_name || add_helper(PyUnicode_AsUTF8(helper_name.get()), function.get()) < 0)
      return -1;
  }
  return 0;
}

}  // namespace

bool Args::text(Py_ssize_t i) const {
  if (PyUnicode_CheckExact(values[i])) return true;
  raise_argument(member->label, parameter_name(member->parameters, i).c_str(), "a string", values[i]);
  return false;
}

bool Args::integer(Py_ssize_t i, Py_ssize_t* out) const {
  const int state = to_index(values[i], out);
  if (state == 0)
    raise_argument(member->label, parameter_name(member->parameters, i).c_str(), "an integer", values[i]);
  return state == 1;
}

bool Args::function(Py_ssize_t i) const {
  if (is_callable(values[i])) return true;
  raise_type("%s(): expected a function", member->label);
  return false;
}

int to_index(PyObject* v, Py_ssize_t* out) {
  if (PyLong_Check(v)) {  // includes booleans
    *out = PyNumber_AsSsize_t(v, nullptr);
    return *out == -1 && PyErr_Occurred() ? -1 : 1;
  }
  if (!PyFloat_CheckExact(v)) return 0;
  const double d = PyFloat_AS_DOUBLE(v);
  if (d != std::floor(d) || std::isinf(d)) return 0;
  *out = d >= 9e18 ? PY_SSIZE_T_MAX : d <= -9e18 ? PY_SSIZE_T_MIN : static_cast<Py_ssize_t>(d);
  return 1;
}

PyObject* raise_arity(const char* function, const char* parameters, Py_ssize_t given, int most) {
  if (most >= 0 && given > most)
    return raise_type("%s() takes at most %d argument%s but %zd %s given", function, most,
                      most == 1 ? "" : "s", given, given == 1 ? "was" : "were");
  return raise_type("%s() missing required argument '%s'", function,
                    parameter_name(parameters, given).c_str());
}

bool check_arity(const char* function, const char* parameters, Py_ssize_t given, Py_ssize_t least, int most) {
  if (given >= least && (given <= most || most < 0)) return true;
  raise_arity(function, parameters, given, most);
  return false;
}

PyObject* call_member_ref(PyObject* ref, PyObject* receiver, PyObject* const* args, Py_ssize_t count) {
  const int kind = receiver_of(kind_of(receiver));
  const Member* m = reinterpret_cast<MemberRef*>(ref)->rows[kind];
  return invoke(m, receiver, args, count);
}

PyObject* call_member(PyObject* name, PyObject* const* args, Py_ssize_t count) {
  PyObject* ref = PyDict_GetItemWithError(member_refs(), name);
  if (ref) return helper_call(ref, args, count);
  return PyErr_Occurred() ? nullptr : call_other(nullptr, name, args, count);
}

PyObject* get_member(PyObject* self, PyObject* name) {
  const Kind kind = kind_of(self);
  switch (kind) {
    case Kind::object: {
      PyObject* value = object_find(self, name);
      return value ? new_ref(value) : PyErr_Occurred() ? nullptr : none();
    }
    case Kind::module: return module_get(self, name);
    case Kind::error:
      if (!error_has(self, name) && refuse_private(name)) return nullptr;
      return error_get(self, name);
    case Kind::library: {
      if (refuse_private(name)) return nullptr;
      PyObject* found = library_member(self, name);
      if (!found) return PyErr_Occurred() ? nullptr : no_property(self, name);
      if (!Py_IS_TYPE(found, &PyProperty_Type)) return new_method(self, found, name);
      Ref getter(PyObject_GetAttrString(found, "fget"));
      return getter ? PyObject_CallOneArg(getter.get(), self) : nullptr;
    }
    default: break;
  }
  const int receiver = receiver_of(kind);
  PyObject* ref = receiver >= 0 ? PyDict_GetItemWithError(member_refs(), name) : nullptr;
  const Member* m = ref ? reinterpret_cast<MemberRef*>(ref)->rows[receiver] : nullptr;
  if (!m) return PyErr_Occurred() ? nullptr : no_property(self, name);
  if (m->form == Member::Form::method) return new_method(self, ref, name);
  return m->call(self, Args{nullptr, 0, m});
}

int add_members(PyObject* module) {
  if (make_member_refs() < 0 || add_method_helpers() < 0 || add_helpers(helpers) < 0) return -1;
  return add_introspection(module);
}

}  // namespace ml::native
