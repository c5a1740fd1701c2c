#include "runtime/core/values.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <unordered_set>
#include <vector>

namespace ml::core_module {
namespace {

using native::Ref;

PyTypeObject* object_type = nullptr;
constexpr int kMostDepth = 1000;

// One byte in front of every packed value; numbers are little-endian.
enum Tag : char {
  kNone = 'n',
  kTrue = 't',
  kFalse = 'f',
  kSmall = 'i',  // 8 bytes
  kLarge = 'I',  // 4 bytes size, two's complement
  kFloat = 'd',
  kText = 's',  // 4 bytes size, UTF-8
  kList = 'l',  // 4 bytes count
  kDict = 'o',  // 4 bytes count of pairs
};

bool is_dict(PyObject* v) { return PyDict_CheckExact(v) || Py_TYPE(v) == object_type; }

// Where in a value something is wrong, written from the inside out.
class Problem {
 public:
  void at_index(Py_ssize_t i) { path_ = "[" + std::to_string(i) + "]" + path_; }
  void at_key(PyObject* key) {
    if (PyUnicode_Check(key)) {
      const char* text = PyUnicode_AsUTF8(key);
      if (!text) PyErr_Clear();
      path_ = "." + std::string(text ? text : "?") + path_;
      return;
    }
    Ref shown(PyObject_Repr(key));
    const char* text = shown ? PyUnicode_AsUTF8(shown.get()) : nullptr;
    if (!text) PyErr_Clear();
    path_ = "[" + std::string(text ? text : "?") + "]" + path_;
  }
  void set(std::string text) {
    if (text_.empty()) text_ = std::move(text);
  }
  // Keeps the exception that is set, so that the path can still be written.
  void hold() {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    type_ = Ref(type), value_ = Ref(value), trace_ = Ref(trace);
  }
  // An exception that was held gets the path as its attribute `ml_path`.
  PyObject* raise() {
    if (value_) {
      Ref path(PyUnicode_FromStringAndSize(path_.data(), static_cast<Py_ssize_t>(path_.size())));
      if (!path || PyObject_SetAttrString(value_.get(), "ml_path", path.get()) < 0) PyErr_Clear();
      PyErr_Restore(type_.release(), value_.release(), trace_.release());
    }
    if (PyErr_Occurred()) return nullptr;
    Ref values(Py_BuildValue("(ss)", text_.c_str(), path_.c_str()));
    if (values) PyErr_SetObject(PyExc_ValueError, values.get());
    return nullptr;
  }

 private:
  std::string text_, path_;
  Ref type_, value_, trace_;
};

class Packer {
 public:
  explicit Packer(PyObject* convert) : convert_(convert) {}
  std::string out;
  Problem problem;

  bool add(PyObject* v, int depth) {
    if (v == Py_None) return out += kNone, true;
    if (v == Py_True) return out += kTrue, true;
    if (v == Py_False) return out += kFalse, true;
    if (PyUnicode_CheckExact(v)) return text(v);
    if (PyLong_CheckExact(v)) return integer(v);
    if (PyFloat_CheckExact(v)) {
      out += kFloat;
      const double d = PyFloat_AS_DOUBLE(v);
      out.append(reinterpret_cast<const char*>(&d), sizeof d);
      return true;
    }
    if (PyList_CheckExact(v)) return list(v, depth);
    if (is_dict(v)) return dict(v, depth);
    return other(v, depth);
  }

 private:
  void size(Py_ssize_t n) {
    const auto small = static_cast<std::uint32_t>(n);
    out.append(reinterpret_cast<const char*>(&small), sizeof small);
  }
  bool text(PyObject* v) {
    Py_ssize_t length = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(v, &length);
    if (!bytes) {
      PyErr_Clear();
      problem.set("a string with lone surrogates");
      return false;
    }
    if (length > 0xfffffff0) return problem.set("a string is too long"), false;
    out += kText;
    size(length);
    out.append(bytes, static_cast<std::size_t>(length));
    return true;
  }
  bool integer(PyObject* v) {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(v, &overflow);
    if (!overflow) {
      out += kSmall;
      out.append(reinterpret_cast<const char*>(&small), sizeof small);
      return true;
    }
    Ref bits(PyObject_CallMethod(v, "bit_length", nullptr));
    const long long count = bits ? PyLong_AsLongLong(bits.get()) / 8 + 1 : -1;
    Ref method(count > 0 ? PyObject_GetAttrString(v, "to_bytes") : nullptr);
    Ref positional(Py_BuildValue("(Ls)", count, "little")), named(Py_BuildValue("{s:O}", "signed", Py_True));
    Ref bytes(method && positional && named ? PyObject_Call(method.get(), positional.get(), named.get())
                                            : nullptr);
    if (!bytes) return false;
    out += kLarge;
    size(PyBytes_GET_SIZE(bytes.get()));
    out.append(PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())));
    return true;
  }
  bool enter(PyObject* v, int depth) {
    if (depth >= kMostDepth) return problem.set("nested too deeply"), false;
    if (!open_.insert(v).second) return problem.set("circular reference"), false;
    return true;
  }
  bool list(PyObject* v, int depth) {
    if (!enter(v, depth)) return false;
    out += kList;
    const Py_ssize_t count = PyList_GET_SIZE(v);
    size(count);
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (i >= PyList_GET_SIZE(v)) return problem.set("changed while it was read"), false;
      Ref item = Ref::borrowed(PyList_GET_ITEM(v, i));
      if (!add(item.get(), depth + 1)) return problem.at_index(i), false;
    }
    open_.erase(v);
    return true;
  }
  bool dict(PyObject* v, int depth) {
    if (!enter(v, depth)) return false;
    out += kDict;
    const Py_ssize_t count = PyDict_Size(v);
    size(count);
    PyObject *key, *value;
    Py_ssize_t position = 0, seen = 0;
    while (PyDict_Next(v, &position, &key, &value)) {
      Ref own_key = Ref::borrowed(key), own_value = Ref::borrowed(value);
      const bool scalar = PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) ||
                          PyBool_Check(key) || key == Py_None;
      if (!scalar) {
        problem.set(std::string("a key that is a ") + Py_TYPE(key)->tp_name);
        return problem.at_key(key), false;
      }
      if (!add(key, depth + 1) || !add(value, depth + 1)) return problem.at_key(key), false;
      if (++seen > count) break;
    }
    if (seen != count) return problem.set("changed while it was read"), false;
    open_.erase(v);
    return true;
  }
  bool other(PyObject* v, int depth) {
    if (!convert_) return problem.set(std::string("a ") + Py_TYPE(v)->tp_name), false;
    if (depth >= kMostDepth) return problem.set("nested too deeply"), false;
    Ref made(PyObject_CallOneArg(convert_, v));
    if (!made) return problem.hold(), false;
    if (made.get() == v) return problem.set(std::string("a ") + Py_TYPE(v)->tp_name), false;
    kept_.emplace_back(Ref::borrowed(made.get()));
    return add(made.get(), depth + 1);
  }

  PyObject* convert_;
  std::unordered_set<PyObject*> open_;
  std::vector<Ref> kept_;  // so that no address in open_ is used twice
};

class Unpacker {
 public:
  Unpacker(const char* bytes, std::size_t size, bool objects)
      : at_(bytes), end_(bytes + size), objects_(objects) {}

  PyObject* value(int depth) {
    if (at_ == end_ || depth > kMostDepth + 2) return damaged();
    switch (*at_++) {
      case kNone: return native::none();
      case kTrue: return native::boolean(true);
      case kFalse: return native::boolean(false);
      case kSmall: {
        long long n;
        return read(&n, sizeof n) ? PyLong_FromLongLong(n) : damaged();
      }
      case kFloat: {
        double d;
        return read(&d, sizeof d) ? PyFloat_FromDouble(d) : damaged();
      }
      case kLarge: {
        std::uint32_t n;
        if (!count(&n)) return damaged();
        Ref bytes(PyBytes_FromStringAndSize(at_, n)),
            from(PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyLong_Type), "from_bytes"));
        at_ += n;
        Ref positional(bytes ? Py_BuildValue("(Os)", bytes.get(), "little") : nullptr);
        Ref named(Py_BuildValue("{s:O}", "signed", Py_True));
        return from && positional && named ? PyObject_Call(from.get(), positional.get(), named.get())
                                           : nullptr;
      }
      case kText: {
        std::uint32_t n;
        if (!count(&n)) return damaged();
        const char* text = at_;
        at_ += n;
        return PyUnicode_DecodeUTF8(text, n, nullptr);
      }
      case kList: return list(depth);
      case kDict: return dict(depth);
      default: return damaged();
    }
  }
  bool done() const { return at_ == end_; }
  static PyObject* damaged() {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "damaged value");
    return nullptr;
  }

 private:
  bool read(void* to, std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) return false;
    std::memcpy(to, at_, size);
    at_ += size;
    return true;
  }
  // A size, of which that many bytes follow at least.
  bool count(std::uint32_t* n) { return read(n, sizeof *n) && static_cast<std::size_t>(end_ - at_) >= *n; }
  PyObject* list(int depth) {
    std::uint32_t n;
    if (!count(&n)) return damaged();
    Ref result(PyList_New(n));
    for (std::uint32_t i = 0; result && i < n; ++i) {
      PyObject* item = value(depth + 1);
      if (!item) return nullptr;
      PyList_SET_ITEM(result.get(), i, item);
    }
    return result.release();
  }
  PyObject* dict(int depth) {
    std::uint32_t n;
    if (!count(&n)) return damaged();
    Ref result(PyDict_New());
    for (std::uint32_t i = 0; result && i < n; ++i) {
      if (at_ == end_ || *at_ == kList || *at_ == kDict) return damaged();
      Ref key(value(depth + 1)), item(key ? value(depth + 1) : nullptr);
      if (!item || PyDict_SetItem(result.get(), key.get(), item.get()) < 0) return nullptr;
    }
    if (result && objects_) Py_SET_TYPE(result.get(), object_type);
    return result.release();
  }

  const char *at_, *end_;
  bool objects_;
};

bool is_container(PyObject* v) { return PyList_CheckExact(v) || is_dict(v); }

// Gives every dict in a value the type `to`.
class Retype {
 public:
  explicit Retype(PyTypeObject* to) : to_(to) {}
  Problem problem;

  bool visit(PyObject* v, int depth) {
    if (PyList_CheckExact(v)) {
      if (PyList_GET_SIZE(v) == 0 || !lists_.insert(v).second) return true;
      if (depth >= kMostDepth) return problem.set("nested too deeply"), false;
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(v); ++i) {
        PyObject* item = PyList_GET_ITEM(v, i);
        if (is_container(item) && !visit(item, depth + 1)) return problem.at_index(i), false;
      }
      return true;
    }
    if (Py_TYPE(v) == to_) return true;
    if (depth >= kMostDepth) return problem.set("nested too deeply"), false;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    if (to_ == object_type) {
      while (PyDict_Next(v, &position, &key, &value)) {
        if (PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) ||
            PyBool_Check(key) || key == Py_None)
          continue;
        problem.set(std::string("a key that is a ") + Py_TYPE(key)->tp_name);
        return problem.at_key(key), false;
      }
    }
    Py_SET_TYPE(v, to_);
    position = 0;
    while (PyDict_Next(v, &position, &key, &value))
      if (is_container(value) && !visit(value, depth + 1)) return problem.at_key(key), false;
    return true;
  }

 private:
  PyTypeObject* to_;
  std::unordered_set<PyObject*> lists_;
};

PyObject* retype(PyObject* value, PyTypeObject* to) {
  if (!is_container(value)) return native::none();
  Retype walk(to);
  return walk.visit(value, 0) ? native::none() : walk.problem.raise();
}

}  // namespace

void set_object_type(PyTypeObject* type) { object_type = type; }

PyObject* py_pack(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count < 1 || count > 2) return PyErr_Format(PyExc_TypeError, "pack(value, convert=None)");
  Packer packer(count == 2 && args[1] != Py_None ? args[1] : nullptr);
  try {
    if (!packer.add(args[0], 0)) return packer.problem.raise();
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  }
  return PyBytes_FromStringAndSize(packer.out.data(), static_cast<Py_ssize_t>(packer.out.size()));
}

PyObject* py_unpack(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count < 1 || count > 2 || !PyBytes_CheckExact(args[0]))
    return PyErr_Format(PyExc_TypeError, "unpack(bytes, as_objects=False)");
  Unpacker unpacker(PyBytes_AS_STRING(args[0]), static_cast<std::size_t>(PyBytes_GET_SIZE(args[0])),
                    count == 2 && args[1] == Py_True);
  Ref value(unpacker.value(0));
  if (value && !unpacker.done()) return Unpacker::damaged();
  return value.release();
}

PyObject* py_lend(PyObject*, PyObject* value) { return retype(value, object_type); }
PyObject* py_take_back(PyObject*, PyObject* value) { return retype(value, &PyDict_Type); }

}  // namespace ml::core_module
