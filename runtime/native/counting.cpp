// Ranges of loops (language.md 3.12): range(...) in a for-in, and C-style counting loops.

#include "runtime/native/counting.h"

#include <cmath>

#include "runtime/native/helpers.h"
#include "runtime/native/kinds.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// start, start + step, ... while below the bound, for loops where one of the three is a float.
struct FloatCount {
  PyObject_HEAD PyObject *next, *bound, *step;
  int compare;
};

FloatCount* as_count(PyObject* v) { return reinterpret_cast<FloatCount*>(v); }

void count_dealloc(PyObject* self) {
  Py_CLEAR(as_count(self)->next);
  Py_CLEAR(as_count(self)->bound);
  Py_CLEAR(as_count(self)->step);
  PyObject_Free(self);
}

PyObject* count_next(PyObject* self) {
  FloatCount* c = as_count(self);
  const int inside = PyObject_RichCompareBool(c->next, c->bound, c->compare);
  if (inside <= 0) return nullptr;
  PyObject* following = PyNumber_Add(c->next, c->step);
  return following ? std::exchange(c->next, following) : nullptr;
}

PyObject* count_self(PyObject* self) { return new_ref(self); }

PyTypeObject FloatCount_Type = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "mlpy._native.FloatCount",
    .tp_basicsize = sizeof(FloatCount),
    .tp_dealloc = count_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = count_self,
    .tp_iternext = count_next,
};

bool whole(PyObject* v) { return PyLong_Check(v); }

PyObject* python_range(PyObject* start, PyObject* stop, PyObject* step) {
  return PyObject_CallFunctionObjArgs(reinterpret_cast<PyObject*>(&PyRange_Type), start, stop, step, nullptr);
}

// The first integer that is outside, for a bound that is a float.
PyObject* stop_for(double bound, bool down, bool inclusive) {
  double stop = down ? (inclusive ? std::ceil(bound) - 1 : std::floor(bound))
                     : (inclusive ? std::floor(bound) + 1 : std::ceil(bound));
  if (std::isinf(stop)) stop = stop > 0 ? 1e300 : -1e300;
  return PyLong_FromDouble(stop);
}

PyObject* py_count(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 4) return raise("InternalError", "__count(start, bound, step, inclusive)");
  PyObject *start = args[0], *bound = args[1], *step = args[2];
  Ref zero(PyLong_FromLong(0));
  const bool numbers = is_number(kind_of(start)) && is_number(kind_of(step));
  const bool down = numbers && PyObject_RichCompareBool(step, zero.get(), Py_LT) == 1;
  const bool inclusive = PyObject_IsTrue(args[3]) == 1;
  const int compare = down ? (inclusive ? Py_GE : Py_GT) : (inclusive ? Py_LE : Py_LT);
  static const char* const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
  if (!numbers || !is_number(kind_of(bound)))
    return raise_type("'%s' not supported between instances of '%s' and '%s'", symbols[compare],
                      type_name(start), type_name(bound));
  if (whole(start) && whole(step) && whole(bound)) {
    if (!inclusive) return python_range(start, bound, step);
    Ref one(PyLong_FromLong(down ? -1 : 1)), stop(PyNumber_Add(bound, one.get()));
    return stop ? python_range(start, stop.get(), step) : nullptr;
  }
  if (whole(start) && whole(step)) {
    const double limit = PyFloat_AS_DOUBLE(bound);
    if (std::isnan(limit)) return python_range(zero.get(), zero.get(), step);
    Ref stop(stop_for(limit, down, inclusive));
    return stop ? python_range(start, stop.get(), step) : nullptr;
  }
  FloatCount* c = PyObject_New(FloatCount, &FloatCount_Type);
  if (!c) return nullptr;
  c->next = new_ref(start);
  c->bound = new_ref(bound);
  c->step = new_ref(step);
  c->compare = compare;
  return reinterpret_cast<PyObject*>(c);
}

PyObject* py_range(PyObject*, PyObject* const* args, Py_ssize_t count) { return checked_range(args, count); }

PyMethodDef helpers[] = {{"__count", as_cfunction(py_count), METH_FASTCALL, nullptr},
                         {"__range", as_cfunction(py_range), METH_FASTCALL, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* checked_range(PyObject* const* args, Py_ssize_t count) {
  static const char* const one[] = {"stop"};
  static const char* const many[] = {"start", "stop", "step"};
  if (count < 1) return raise_type("range() missing required argument 'stop'");
  if (count > 3) return raise_type("range() takes at most 3 arguments but %zd were given", count);
  for (Py_ssize_t i = 0; i < count; ++i)
    if (!whole(args[i])) return raise_argument("range", count == 1 ? one[i] : many[i], "an integer", args[i]);
  if (count == 3 && PyObject_Not(args[2])) return raise("ValueError", "range() arg 3 must not be zero");
  return PyObject_Vectorcall(reinterpret_cast<PyObject*>(&PyRange_Type), args, static_cast<size_t>(count),
                             nullptr);
}

int add_counting(PyObject*) { return PyType_Ready(&FloatCount_Type) < 0 ? -1 : add_helpers(helpers); }

}  // namespace ml::native
