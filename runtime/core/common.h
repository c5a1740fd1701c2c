#pragma once

// What the functions of mlpy._core share. They are called with the GIL held.

#include <exception>
#include <string>

#include "runtime/native/python.h"

namespace ml::core_module {

// The GIL is released during its life.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() { PyEval_RestoreThread(state_); }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* state_;
};

// A new str; bytes that are no UTF-8 are replaced.
inline PyObject* text_of(const std::string& text) {
  return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

// Raises SystemError; returns nullptr.
inline PyObject* defect(const std::exception& e) {
  return PyErr_Format(PyExc_SystemError, "mlpy: internal error: %s", e.what());
}

}  // namespace ml::core_module
