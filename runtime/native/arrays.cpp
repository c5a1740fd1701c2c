// Members of arrays that need no callback (language.md 4.1).

#include <iterator>

#include "runtime/native/display.h"
#include "runtime/native/indexing.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

PyObject* size_of(PyObject* a) { return PyLong_FromSsize_t(PyList_GET_SIZE(a)); }

bool refuse_growth(PyObject* a, Py_ssize_t more) {
  return refuse_size(1, PyList_GET_SIZE(a) + more, PY_SSIZE_T_MAX / 16, "array");
}

PyObject* length(PyObject* a, const Args&) { return size_of(a); }

PyObject* append(PyObject* a, const Args& args) { return PyList_Append(a, args[0]) < 0 ? nullptr : none(); }

PyObject* push(PyObject* a, const Args& args) {
  for (Py_ssize_t i = 0; i < args.count; ++i)
    if (PyList_Append(a, args[i]) < 0) return nullptr;
  return size_of(a);
}

PyObject* extend(PyObject* a, const Args& args) {
  Ref items(as_list(args[0]));
  if (!items) {
    if (PyErr_ExceptionMatches(MLError)) {
      PyErr_Clear();
      raise_argument(args.member->label, "items", "iterable", args[0]);
    }
    return nullptr;
  }
  const Py_ssize_t end = PyList_GET_SIZE(a);
  return PyList_SetSlice(a, end, end, items.get()) < 0 ? nullptr : none();
}

PyObject* insert(PyObject* a, const Args& args) {
  Py_ssize_t at;
  if (!args.integer(0, &at)) return nullptr;
  return PyList_Insert(a, at, args[1]) < 0 ? nullptr : none();
}

PyObject* list_of(const Args& args, Py_ssize_t from) {
  PyObject* list = PyList_New(args.count > from ? args.count - from : 0);
  for (Py_ssize_t i = from; list && i < args.count; ++i) PyList_SET_ITEM(list, i - from, new_ref(args[i]));
  return list;
}

PyObject* unshift(PyObject* a, const Args& args) {
  if (refuse_growth(a, args.count)) return nullptr;
  Ref items(list_of(args, 0));
  return !items || PyList_SetSlice(a, 0, 0, items.get()) < 0 ? nullptr : size_of(a);
}

PyObject* take(PyObject* a, Py_ssize_t at) {
  PyObject* item = new_ref(PyList_GET_ITEM(a, at));
  if (PyList_SetSlice(a, at, at + 1, nullptr) == 0) return item;
  Py_DECREF(item);
  return nullptr;
}

PyObject* pop(PyObject* a, const Args& args) {
  Py_ssize_t at = -1;
  if (!args.optional_integer(0, &at)) return nullptr;
  const Py_ssize_t size = PyList_GET_SIZE(a);
  if (size == 0) return raise("IndexError", "pop from empty list");
  if (at < 0) at += size;
  if (at < 0 || at >= size) return raise("IndexError", "pop index out of range");
  return take(a, at);
}

PyObject* shift(PyObject* a, const Args&) {
  if (PyList_GET_SIZE(a) == 0) return raise("IndexError", "shift from empty list");
  return take(a, 0);
}

// Position of the first (or last) equal element in [begin, size), -1 when there is none, -2 on an error.
Py_ssize_t find_equal(PyObject* a, PyObject* wanted, Py_ssize_t begin, bool last = false) {
  Py_ssize_t found = -1;
  for (Py_ssize_t i = begin; i < PyList_GET_SIZE(a); ++i) {
    Ref item = Ref::borrowed(PyList_GET_ITEM(a, i));
    // `==` of ML: NaN is unequal to itself, which PyObject_RichCompareBool does not know.
    const bool same_nan = item.get() == wanted && PyFloat_CheckExact(wanted);
    Ref slow(same_nan ? PyObject_RichCompare(item.get(), wanted, Py_EQ) : nullptr);
    const int equal = same_nan ? slow.get() == Py_True : PyObject_RichCompareBool(item.get(), wanted, Py_EQ);
    if (equal < 0) return -2;
    if (equal && !last) return i;
    if (equal) found = i;
  }
  return found;
}

PyObject* remove(PyObject* a, const Args& args) {
  const Py_ssize_t at = find_equal(a, args[0], 0);
  if (at == -2) return nullptr;
  if (at == -1) return raise("ValueError", "remove(): value not in array");
  return PyList_SetSlice(a, at, at + 1, nullptr) < 0 ? nullptr : none();
}

PyObject* clear(PyObject* a, const Args&) {
  return PyList_SetSlice(a, 0, PyList_GET_SIZE(a), nullptr) < 0 ? nullptr : none();
}

PyObject* reverse(PyObject* a, const Args&) { return PyList_Reverse(a) < 0 ? nullptr : new_ref(a); }

PyObject* fill(PyObject* a, const Args& args) {
  Py_ssize_t begin = 0, end = PyList_GET_SIZE(a);
  if (!args.optional_integer(1, &begin) || !args.optional_integer(2, &end)) return nullptr;
  clamp_range(&begin, &end, PyList_GET_SIZE(a));
  for (Py_ssize_t i = begin; i < end && i < PyList_GET_SIZE(a); ++i)
    if (PyList_SetItem(a, i, new_ref(args[0])) < 0) return nullptr;
  return new_ref(a);
}

PyObject* splice(PyObject* a, const Args& args) {
  const Py_ssize_t size = PyList_GET_SIZE(a);
  Py_ssize_t begin, count = size, unused = 0;
  if (!args.integer(0, &begin) || !args.optional_integer(1, &count)) return nullptr;
  clamp_range(&begin, &unused, size);
  if (count < 0) count = 0;
  const Py_ssize_t end = count > size - begin ? size : begin + count;
  Ref removed(PyList_GetSlice(a, begin, end));
  Ref items(list_of(args, 2));
  if (!removed || !items || PyList_SetSlice(a, begin, end, items.get()) < 0) return nullptr;
  return removed.release();
}

PyObject* copy(PyObject* a, const Args&) { return PyList_GetSlice(a, 0, PyList_GET_SIZE(a)); }

PyObject* index(PyObject* a, const Args& args) {
  const Py_ssize_t at = find_equal(a, args[0], 0);
  if (at >= 0) return PyLong_FromSsize_t(at);
  if (at == -2) return nullptr;
  Ref shown(quoted(args[0]));
  return shown ? raise("ValueError", "%U is not in list", shown.get()) : nullptr;
}

PyObject* count(PyObject* a, const Args& args) {
  Py_ssize_t found = 0, at = 0;
  while ((at = find_equal(a, args[0], at)) >= 0) ++found, ++at;
  return at == -2 ? nullptr : PyLong_FromSsize_t(found);
}

PyObject* index_of(PyObject* a, const Args& args) {
  Py_ssize_t from = 0, unused = 0;
  if (!args.optional_integer(1, &from)) return nullptr;
  clamp_range(&from, &unused, PyList_GET_SIZE(a));
  const Py_ssize_t at = find_equal(a, args[0], from);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}

PyObject* last_index_of(PyObject* a, const Args& args) {
  const Py_ssize_t at = find_equal(a, args[0], 0, true);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}

PyObject* includes(PyObject* a, const Args& args) {
  const Py_ssize_t at = find_equal(a, args[0], 0);
  return at == -2 ? nullptr : boolean(at >= 0);
}

PyObject* slice(PyObject* a, const Args& args) {
  Py_ssize_t begin = 0, end = PyList_GET_SIZE(a);
  if (!args.optional_integer(0, &begin) || !args.optional_integer(1, &end)) return nullptr;
  clamp_range(&begin, &end, PyList_GET_SIZE(a));
  return PyList_GetSlice(a, begin, end);
}

PyObject* concat(PyObject* a, const Args& args) {
  Ref result(PyList_GetSlice(a, 0, PyList_GET_SIZE(a)));
  for (Py_ssize_t i = 0; result && i < args.count; ++i) {
    const Py_ssize_t end = PyList_GET_SIZE(result.get());
    const int state = PyList_CheckExact(args[i]) ? PyList_SetSlice(result.get(), end, end, args[i])
                                                 : PyList_Append(result.get(), args[i]);
    if (state < 0) return nullptr;
  }
  return result.release();
}

PyObject* at(PyObject* a, const Args& args) {
  Py_ssize_t i;
  if (!args.integer(0, &i)) return nullptr;
  if (i < 0) i += PyList_GET_SIZE(a);
  return i < 0 || i >= PyList_GET_SIZE(a) ? none() : new_ref(PyList_GET_ITEM(a, i));
}

PyObject* keys(PyObject* a, const Args&) {
  PyObject* result = PyList_New(PyList_GET_SIZE(a));
  for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(result); ++i)
    PyList_SET_ITEM(result, i, PyLong_FromSsize_t(i));
  return result;
}

PyObject* entries(PyObject* a, const Args&) {
  Ref result(PyList_New(0));
  for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(a); ++i) {
    Ref pair(Py_BuildValue("[nO]", i, PyList_GET_ITEM(a, i)));
    if (!pair || PyList_Append(result.get(), pair.get()) < 0) return nullptr;
  }
  return result.release();
}

bool flatten(PyObject* from, Py_ssize_t depth, PyObject* into) {
  if (Py_EnterRecursiveCall(" in flat")) return false;
  bool ok = true;
  for (Py_ssize_t i = 0; ok && i < PyList_GET_SIZE(from); ++i) {
    PyObject* item = PyList_GET_ITEM(from, i);
    ok = PyList_CheckExact(item) && depth > 0 ? flatten(item, depth - 1, into)
                                              : PyList_Append(into, item) == 0;
  }
  Py_LeaveRecursiveCall();
  return ok;
}

PyObject* flat(PyObject* a, const Args& args) {
  Py_ssize_t depth = 1;
  if (!args.optional_integer(0, &depth)) return nullptr;
  Ref result(PyList_New(0));
  return result && flatten(a, depth, result.get()) ? result.release() : nullptr;
}

PyObject* to_string(PyObject* a, const Args&) { return display(a); }

Member rows[] = {
    {"length", "", length, Member::Form::both},
    {"append", "x", append},
    {"push", "items...", push},
    {"extend", "items", extend},
    {"insert", "i, x", insert},
    {"unshift", "items...", unshift},
    {"pop", "i?", pop},
    {"shift", "", shift},
    {"remove", "x", remove},
    {"clear", "", clear},
    {"reverse", "", reverse},
    {"fill", "value, start?, end?", fill},
    {"splice", "start, deleteCount?, items...", splice},
    {"copy", "", copy},
    {"index", "x", index},
    {"count", "x", count},
    {"indexOf", "x, from?", index_of},
    {"lastIndexOf", "x", last_index_of},
    {"includes", "x", includes},
    {"contains", "x", includes},
    {"slice", "start?, end?", slice},
    {"concat", "items...", concat},
    {"at", "i", at},
    {"keys", "", keys},
    {"values", "", copy},
    {"entries", "", entries},
    {"flat", "depth?", flat},
    {"toString", "", to_string},
};

}  // namespace

MemberRows array_members() { return {rows, static_cast<int>(std::size(rows))}; }

}  // namespace ml::native
