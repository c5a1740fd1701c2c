// Members of numbers, booleans, functions and generators (language.md 4.4).

#include <iterator>
#include <string>

#include "runtime/native/display.h"
#include "runtime/native/members.h"
#include "runtime/native/object.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

inline constexpr Py_ssize_t kMaxDecimals = 1000;

PyObject* to_fixed(PyObject* v, const Args& args) {
  Py_ssize_t decimals = 0;
  if (!args.optional_integer(0, &decimals)) return nullptr;
  if (decimals < 0 || decimals > kMaxDecimals)
    return raise("ValueError", "number.toFixed(): 'digits' must be from 0 to %zd", kMaxDecimals);
  if (PyLong_CheckExact(v)) {
    Ref digits(display(v));
    if (!digits || decimals == 0) return digits.release();
    const std::string zeros(static_cast<size_t>(decimals), '0');
    return PyUnicode_FromFormat("%U.%s", digits.get(), zeros.c_str());
  }
  char* text = PyOS_double_to_string(PyFloat_AS_DOUBLE(v), 'f', static_cast<int>(decimals), 0, nullptr);
  if (!text) return nullptr;
  PyObject* result = PyUnicode_FromString(text);
  PyMem_Free(text);
  return result;
}

PyObject* number_to_string(PyObject* v, const Args& args) {
  Py_ssize_t base = 10;
  if (!args.optional_integer(0, &base)) return nullptr;
  if (base == 10) return display(v);
  if (base < 2 || base > 36) return raise("ValueError", "number.toString(): 'base' must be from 2 to 36");
  if (!PyLong_CheckExact(v)) return raise_type("number.toString(): only integers have other bases than 10");
  static const char* const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  if (base == 2 || base == 8 || base == 16) {
    Ref text(PyNumber_ToBase(v, static_cast<int>(base)));  // with a prefix: 0xff, -0b1
    if (!text) return nullptr;
    const bool negative = PyUnicode_READ_CHAR(text.get(), 0) == '-';
    Ref plain(PyUnicode_Substring(text.get(), negative ? 3 : 2, PyUnicode_GET_LENGTH(text.get())));
    return plain ? PyUnicode_FromFormat("%s%U", negative ? "-" : "", plain.get()) : nullptr;
  }
  std::string reversed;
  Ref left(PyNumber_Absolute(v)), divisor(PyLong_FromSsize_t(base));
  while (left && divisor) {
    Ref pair(PyNumber_Divmod(left.get(), divisor.get()));
    if (!pair) return nullptr;
    reversed.push_back(digits[PyLong_AsLong(PyTuple_GET_ITEM(pair.get(), 1))]);
    left = Ref::borrowed(PyTuple_GET_ITEM(pair.get(), 0));
    if (PyObject_Not(left.get())) break;
  }
  Ref zero(PyLong_FromLong(0));
  if (!left || !zero) return nullptr;
  if (PyObject_RichCompareBool(v, zero.get(), Py_LT) == 1) reversed.push_back('-');
  return PyUnicode_FromStringAndSize(std::string(reversed.rbegin(), reversed.rend()).c_str(),
                                     static_cast<Py_ssize_t>(reversed.size()));
}

PyObject* to_string(PyObject* v, const Args&) { return display(v); }
PyObject* name(PyObject* f, const Args&) { return function_name(f); }

PyObject* step(PyObject* value, bool done) {
  Ref result(new_object());
  if (!result || PyDict_SetItemString(result.get(), "value", value) < 0) return nullptr;
  return PyDict_SetItemString(result.get(), "done", done ? Py_True : Py_False) < 0 ? nullptr
                                                                                   : result.release();
}

PyObject* next(PyObject* g, const Args&) {
  Ref value(PyIter_Next(g));
  if (value) return step(value.get(), false);
  return PyErr_Occurred() ? nullptr : step(Py_None, true);
}

PyObject* to_array(PyObject* g, const Args&) { return PySequence_List(g); }

Member number_rows[] = {{"toFixed", "digits?", to_fixed}, {"toString", "base?", number_to_string}};
Member boolean_rows[] = {{"toString", "", to_string}};
Member function_rows[] = {{"name", "", name, Member::Form::property}};
Member generator_rows[] = {{"next", "", next}, {"toArray", "", to_array}};

}  // namespace

MemberRows scalar_members(Receiver receiver) {
  switch (receiver) {
    case Receiver::number: return {number_rows, static_cast<int>(std::size(number_rows))};
    case Receiver::boolean: return {boolean_rows, static_cast<int>(std::size(boolean_rows))};
    case Receiver::function: return {function_rows, static_cast<int>(std::size(function_rows))};
    case Receiver::generator: return {generator_rows, static_cast<int>(std::size(generator_rows))};
    default: return {nullptr, 0};
  }
}

}  // namespace ml::native
