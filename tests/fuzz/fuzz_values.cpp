// Bytes of packed values (mlpy._core.unpack): what a sandbox process sends is never trusted. No input may
// crash, and what was unpacked packs to bytes that stand for the same value.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "runtime/core/values.h"

using ml::core_module::py_pack;
using ml::core_module::py_unpack;
using ml::native::Ref;

namespace {

PyObject* call(PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t), PyObject* argument) {
  PyObject* const arguments[] = {argument};
  return function(nullptr, arguments, 1);
}

}  // namespace

// The interpreter keeps much until its end: what leaks here cannot be told from that.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = [] {
    Py_InitializeEx(0);
    ml::core_module::set_object_type(&PyDict_Type);
    return true;
  }();
  (void)ready;
  Ref bytes(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(data), static_cast<Py_ssize_t>(size)));
  Ref value(call(py_unpack, bytes.get()));
  if (!value) {
    if (!PyErr_ExceptionMatches(PyExc_ValueError) && !PyErr_ExceptionMatches(PyExc_MemoryError)) std::abort();
    PyErr_Clear();
    return 0;
  }
  Ref packed(call(py_pack, value.get()));
  if (!packed) {  // nested more deeply than values may leave
    PyErr_Clear();
    return 0;
  }
  Ref again(call(py_unpack, packed.get()));
  Ref packed_again(again ? call(py_pack, again.get()) : nullptr);
  if (!packed_again || PyObject_RichCompareBool(packed.get(), packed_again.get(), Py_EQ) != 1) std::abort();
  return 0;
}
