#pragma once

// CPython's C API and the one owning handle used with it.
//
// Convention of this folder: functions that return PyObject* return a new reference, or nullptr with a Python
// error set. Parameters are borrowed. No C++ exception ever leaves a function (the folder is compiled without
// them).

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace ml::native {

// Owns one reference. `Ref(p)` takes over the reference p; `Ref::borrowed(p)` adds one.
class Ref {
 public:
  Ref() = default;
  explicit Ref(PyObject* owned) : p_(owned) {}
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  Ref(Ref&& other) noexcept : p_(other.release()) {}
  Ref& operator=(Ref&& other) noexcept {
    PyObject* old = p_;
    p_ = other.release();
    Py_XDECREF(old);
    return *this;
  }
  ~Ref() { Py_XDECREF(p_); }

  static Ref borrowed(PyObject* p) {
    Py_XINCREF(p);
    return Ref(p);
  }
  PyObject* get() const { return p_; }
  PyObject* release() { return std::exchange(p_, nullptr); }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  PyObject* p_ = nullptr;
};

inline PyObject* new_ref(PyObject* p) {
  Py_INCREF(p);
  return p;
}
inline PyObject* none() { return new_ref(Py_None); }
inline PyObject* boolean(bool value) { return new_ref(value ? Py_True : Py_False); }

template <class Function>
PyCFunction as_cfunction(Function* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

// A new interned string; for names made once at start.
inline PyObject* intern(const char* text) { return PyUnicode_InternFromString(text); }

}  // namespace ml::native
