// Members of arrays that call functions, order elements or make text (language.md 4.1). They work on the
// elements present at the time of the call.

#include <iterator>
#include <vector>

#include "runtime/native/callback.h"
#include "runtime/native/display.h"
#include "runtime/native/indexing.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// Calls f(x, i, array) for the elements of a snapshot.
class Each {
 public:
  Each(PyObject* array, PyObject* f) : array_(array), items_(PyList_AsTuple(array)), call_(f, 1, 3) {}

  explicit operator bool() const { return static_cast<bool>(items_); }
  Py_ssize_t size() const { return PyTuple_GET_SIZE(items_.get()); }
  PyObject* item(Py_ssize_t i) const { return PyTuple_GET_ITEM(items_.get(), i); }

  PyObject* operator()(Py_ssize_t i) const {
    PyObject* slots[4] = {nullptr, item(i), nullptr, array_};
    if (call_.count() == 1) return call_(slots + 1);
    Ref position(PyLong_FromSsize_t(i));
    if (!position) return nullptr;
    slots[2] = position.get();
    return call_(slots + 1);
  }

  // Truth of the result: 0, 1 or -1 with an error set.
  int test(Py_ssize_t i) const {
    Ref result((*this)(i));
    return result ? PyObject_IsTrue(result.get()) : -1;
  }

 private:
  PyObject* array_;
  Ref items_;
  Callback call_;
};

PyObject* map(PyObject* a, const Args& args) {
  if (!args.function(0)) return nullptr;
  const Each each(a, args[0]);
  Ref result(each ? PyList_New(0) : nullptr);
  for (Py_ssize_t i = 0; result && i < each.size(); ++i) {
    Ref value(each(i));
    if (!value || PyList_Append(result.get(), value.get()) < 0) return nullptr;
  }
  return result.release();
}

PyObject* filter(PyObject* a, const Args& args) {
  if (!args.function(0)) return nullptr;
  const Each each(a, args[0]);
  Ref result(each ? PyList_New(0) : nullptr);
  for (Py_ssize_t i = 0; result && i < each.size(); ++i) {
    const int keep = each.test(i);
    if (keep < 0 || (keep && PyList_Append(result.get(), each.item(i)) < 0)) return nullptr;
  }
  return result.release();
}

PyObject* for_each(PyObject* a, const Args& args) {
  if (!args.function(0)) return nullptr;
  const Each each(a, args[0]);
  if (!each) return nullptr;
  for (Py_ssize_t i = 0; i < each.size(); ++i)
    if (!Ref(each(i))) return nullptr;
  return none();
}

PyObject* flat_map(PyObject* a, const Args& args) {
  Ref mapped(map(a, args));
  Ref result(mapped ? PyList_New(0) : nullptr);
  for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(mapped.get()); ++i) {
    PyObject* item = PyList_GET_ITEM(mapped.get(), i);
    const Py_ssize_t end = PyList_GET_SIZE(result.get());
    const int state = PyList_CheckExact(item) ? PyList_SetSlice(result.get(), end, end, item)
                                              : PyList_Append(result.get(), item);
    if (state < 0) return nullptr;
  }
  return result.release();
}

PyObject* fold(PyObject* a, const Args& args, bool from_right) {
  if (!args.function(0)) return nullptr;
  Ref items(PyList_AsTuple(a));
  if (!items) return nullptr;
  const Py_ssize_t size = PyTuple_GET_SIZE(items.get());
  Py_ssize_t done = 0;
  Ref accumulated;
  if (args.count > 1)
    accumulated = Ref::borrowed(args[1]);
  else if (size == 0)
    return raise_type("reduce of empty array with no initial value");
  else
    accumulated = Ref::borrowed(PyTuple_GET_ITEM(items.get(), from_right ? size - 1 - done++ : done++));
  const Callback call(args[0], 2, 4);
  for (; done < size; ++done) {
    const Py_ssize_t i = from_right ? size - 1 - done : done;
    Ref position(call.count() > 2 ? PyLong_FromSsize_t(i) : nullptr);
    PyObject* slots[5] = {nullptr, accumulated.get(), PyTuple_GET_ITEM(items.get(), i), position.get(), a};
    Ref next(call(slots + 1));
    if (!next) return nullptr;
    accumulated = std::move(next);
  }
  return accumulated.release();
}

PyObject* reduce(PyObject* a, const Args& args) { return fold(a, args, false); }
PyObject* reduce_right(PyObject* a, const Args& args) { return fold(a, args, true); }

// First (or last) position whose test has the wanted truth; -1: none, -2: error set.
Py_ssize_t search(PyObject* a, const Args& args, int wanted, bool last, Ref* item = nullptr) {
  if (!args.function(0)) return -2;
  const Each each(a, args[0]);
  if (!each) return -2;
  for (Py_ssize_t n = 0; n < each.size(); ++n) {
    const Py_ssize_t i = last ? each.size() - 1 - n : n;
    const int truth = each.test(i);
    if (truth < 0) return -2;
    if (truth != wanted) continue;
    if (item) *item = Ref::borrowed(each.item(i));
    return i;
  }
  return -1;
}

PyObject* find(PyObject* a, const Args& args) {
  Ref item;
  const Py_ssize_t at = search(a, args, 1, false, &item);
  return at == -2 ? nullptr : at == -1 ? none() : item.release();
}
PyObject* find_last(PyObject* a, const Args& args) {
  Ref item;
  const Py_ssize_t at = search(a, args, 1, true, &item);
  return at == -2 ? nullptr : at == -1 ? none() : item.release();
}
PyObject* find_index(PyObject* a, const Args& args) {
  const Py_ssize_t at = search(a, args, 1, false);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}
PyObject* some(PyObject* a, const Args& args) {
  const Py_ssize_t at = search(a, args, 1, false);
  return at == -2 ? nullptr : boolean(at >= 0);
}
PyObject* every(PyObject* a, const Args& args) {
  const Py_ssize_t at = search(a, args, 0, false);
  return at == -2 ? nullptr : boolean(at == -1);
}

// Whether b must stand before a: cmp(a, b) > 0. -1: error set.
int goes_after(PyObject* cmp, const char* label, PyObject* a, PyObject* b) {
  PyObject* slots[3] = {nullptr, a, b};
  Ref order(PyObject_Vectorcall(cmp, slots + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
  if (!order) return -1;
  if (!is_number(kind_of(order.get()))) {
    raise_type("%s(): the comparison must return a number, got %s", label, type_name(order.get()));
    return -1;
  }
  if (PyFloat_CheckExact(order.get())) return PyFloat_AS_DOUBLE(order.get()) > 0;
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(order.get(), &overflow);
  return overflow > 0 || (overflow == 0 && value > 0);
}

// Bottom-up merge sort: stable, and safe against comparisons that contradict each other.
bool merge_sort(std::vector<PyObject*>& items, PyObject* cmp, const char* label) {
  std::vector<PyObject*> buffer(items.size());
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t begin = 0; begin < items.size(); begin += 2 * width) {
      const size_t middle = begin + width < items.size() ? begin + width : items.size();
      const size_t end = middle + width < items.size() ? middle + width : items.size();
      size_t left = begin, right = middle;
      for (size_t out = begin; out < end; ++out) {
        int take_right = left == middle ? 1 : 0;
        if (!take_right && right < end) take_right = goes_after(cmp, label, items[left], items[right]);
        if (take_right < 0) return false;
        buffer[out] = take_right ? items[right++] : items[left++];
      }
    }
    items.swap(buffer);
  }
  return true;
}

PyObject* sort(PyObject* a, const Args& args) {
  if (!args.given(0)) return PyList_Sort(a) < 0 ? nullptr : new_ref(a);
  if (!args.function(0)) return nullptr;
  Ref held(PyList_AsTuple(a));
  if (!held) return nullptr;
  std::vector<PyObject*> items(static_cast<size_t>(PyTuple_GET_SIZE(held.get())));
  for (size_t i = 0; i < items.size(); ++i)
    items[i] = PyTuple_GET_ITEM(held.get(), static_cast<Py_ssize_t>(i));
  if (!merge_sort(items, args[0], args.member->label)) return nullptr;
  Ref sorted(PyList_New(static_cast<Py_ssize_t>(items.size())));
  if (!sorted) return nullptr;
  for (size_t i = 0; i < items.size(); ++i)
    PyList_SET_ITEM(sorted.get(), static_cast<Py_ssize_t>(i), new_ref(items[i]));
  return PyList_SetSlice(a, 0, PyList_GET_SIZE(a), sorted.get()) < 0 ? nullptr : new_ref(a);
}

PyObject* join(PyObject* a, const Args& args) {
  if (args.given(0) && !args.text(0)) return nullptr;
  static PyObject* comma = intern(",");
  PyObject* separator = args.given(0) ? args[0] : comma;
  if (PyObject* joined = join_strings(separator, a)) return joined;
  if (PyErr_Occurred()) return nullptr;
  Text text;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(a); ++i) {
    if (i && !text.add(separator)) return nullptr;
    Ref item = Ref::borrowed(PyList_GET_ITEM(a, i));
    if (item.get() != Py_None && !text.add(item.get())) return nullptr;
  }
  return text.finish();
}

Member rows[] = {
    {"map", "f", map},
    {"filter", "f", filter},
    {"forEach", "f", for_each},
    {"reduce", "f, initial?", reduce},
    {"reduceRight", "f, initial?", reduce_right},
    {"find", "f", find},
    {"findLast", "f", find_last},
    {"findIndex", "f", find_index},
    {"some", "f", some},
    {"every", "f", every},
    {"flatMap", "f", flat_map},
    {"sort", "cmp?", sort},
    {"join", "sep?", join},
};

}  // namespace

MemberRows array_function_members() { return {rows, static_cast<int>(std::size(rows))}; }

}  // namespace ml::native
