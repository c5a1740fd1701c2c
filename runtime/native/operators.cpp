// Operators whose ML result differs from Python's for some operands (language.md 3.5).

#include "runtime/native/operators.h"

#include "runtime/native/display.h"
#include "runtime/native/helpers.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* unsupported(const char* symbol, PyObject* a, PyObject* b) {
  return raise_type("unsupported operand type(s) for %s: '%s' and '%s'", symbol, type_name(a), type_name(b));
}

PyObject* join_text(PyObject* a, PyObject* b) {
  Ref left(display(a)), right(left ? display(b) : nullptr);
  if (!right) return nullptr;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(left.get()) + PyUnicode_GET_LENGTH(right.get());
  return refuse_size(1, length, kMaxText, "text") ? nullptr : PyUnicode_Concat(left.get(), right.get());
}

PyObject* repeat(PyObject* sequence, PyObject* times, PyObject* a, PyObject* b) {
  Py_ssize_t count;
  const int state = to_index(times, &count);
  if (state == 0) return unsupported("*", a, b);
  if (state < 0) return nullptr;
  const bool text = PyUnicode_CheckExact(sequence);
  const Py_ssize_t size = text ? PyUnicode_GET_LENGTH(sequence) : PyList_GET_SIZE(sequence);
  if (refuse_size(size, count, text ? kMaxText : kMaxItems, text ? "text" : "array")) return nullptr;
  return PySequence_Repeat(sequence, count);
}

PyObject* bits(PyObject* v) {
  static PyObject* name = intern("bit_length");
  return PyObject_CallMethodNoArgs(v, name);
}

// A product of huge integers would take for ever; small ones are not asked.
bool refuse_product(PyObject* a, PyObject* b) {
  int overflow_a = 0, overflow_b = 0;
  PyLong_AsLongAndOverflow(a, &overflow_a);
  PyLong_AsLongAndOverflow(b, &overflow_b);
  if (!overflow_a || !overflow_b) return false;
  Ref bits_a(bits(a)), bits_b(bits(b));
  if (!bits_a || !bits_b) return true;
  return refuse_size(1, PyLong_AsSsize_t(bits_a.get()) + PyLong_AsSsize_t(bits_b.get()), kMaxBits, "integer");
}

bool is_sequence(PyObject* v) { return PyUnicode_CheckExact(v) || PyList_CheckExact(v); }

PyObject* py_add(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__add(a, b)");
  return add(args[0], args[1]);
}

PyObject* py_mul(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__mul(a, b)");
  PyObject *a = args[0], *b = args[1];
  if (PyFloat_CheckExact(a) && PyFloat_CheckExact(b))
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(a) * PyFloat_AS_DOUBLE(b));
  if (PyLong_CheckExact(a) && PyLong_CheckExact(b))
    return refuse_product(a, b) ? nullptr : PyLong_Type.tp_as_number->nb_multiply(a, b);
  const Kind left = kind_of(a), right = kind_of(b);
  if (is_number(left) && is_number(right)) return PyNumber_Multiply(a, b);
  if (is_sequence(a) && is_number(right)) return repeat(a, b, a, b);
  if (is_sequence(b) && is_number(left)) return repeat(b, a, a, b);
  return unsupported("*", a, b);
}

PyObject* py_mod(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "__mod(a, b)");
  // Python's % on a string would format it.
  if (is_number(kind_of(args[0])) && is_number(kind_of(args[1]))) return PyNumber_Remainder(args[0], args[1]);
  return unsupported("%", args[0], args[1]);
}

PyObject* py_equal(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return raise("InternalError", "equal(a, b)");
  return PyObject_RichCompare(args[0], args[1], Py_EQ);
}

PyMethodDef helpers[] = {{"__add", as_cfunction(py_add), METH_FASTCALL, nullptr},
                         {"__mul", as_cfunction(py_mul), METH_FASTCALL, nullptr},
                         {"__mod", as_cfunction(py_mod), METH_FASTCALL, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {{"equal", as_cfunction(py_equal), METH_FASTCALL, "ML's a == b."},
                           {"add", as_cfunction(py_add), METH_FASTCALL, "ML's a + b."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* add(PyObject* a, PyObject* b) {
  if (PyLong_CheckExact(a) && PyLong_CheckExact(b)) return PyLong_Type.tp_as_number->nb_add(a, b);
  if (PyFloat_CheckExact(a) && PyFloat_CheckExact(b))
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(a) + PyFloat_AS_DOUBLE(b));
  if (PyUnicode_CheckExact(a) || PyUnicode_CheckExact(b)) return join_text(a, b);
  if (PyList_CheckExact(a) && PyList_CheckExact(b)) return PySequence_Concat(a, b);
  if (is_number(kind_of(a)) && is_number(kind_of(b))) return PyNumber_Add(a, b);
  return unsupported("+", a, b);
}

int add_operators(PyObject* module) {
  return add_helpers(helpers) < 0 ? -1 : PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
