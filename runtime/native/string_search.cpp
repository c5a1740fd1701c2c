// Members of strings that look for text or single characters (language.md 4.2).

#include <iterator>

#include "runtime/native/indexing.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

// Arguments of find and its relatives: sub, start?, end? as Python's own slices.
struct Range {
  Py_ssize_t begin = 0, end = PY_SSIZE_T_MAX;
  bool read(const Args& args) {
    return args.text(0) && args.optional_integer(1, &begin) && args.optional_integer(2, &end);
  }
};

Py_ssize_t position(PyObject* s, const Args& args, int direction) {
  Range range;
  return range.read(args) ? PyUnicode_Find(s, args[0], range.begin, range.end, direction) : -2;
}

PyObject* find(PyObject* s, const Args& args) {
  const Py_ssize_t at = position(s, args, 1);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}
PyObject* rfind(PyObject* s, const Args& args) {
  const Py_ssize_t at = position(s, args, -1);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}

PyObject* found(Py_ssize_t at) {
  if (at == -1) return raise("ValueError", "substring not found");
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}
PyObject* index(PyObject* s, const Args& args) { return found(position(s, args, 1)); }
PyObject* rindex(PyObject* s, const Args& args) { return found(position(s, args, -1)); }

PyObject* index_of(PyObject* s, const Args& args) {
  Py_ssize_t from = 0, unused = 0;
  if (!args.text(0) || !args.optional_integer(1, &from)) return nullptr;
  clamp_range(&from, &unused, PyUnicode_GET_LENGTH(s));
  const Py_ssize_t at = PyUnicode_Find(s, args[0], from, PY_SSIZE_T_MAX, 1);
  return at == -2 ? nullptr : PyLong_FromSsize_t(at);
}

PyObject* includes(PyObject* s, const Args& args) {
  if (!args.text(0)) return nullptr;
  const int state = PyUnicode_Contains(s, args[0]);
  return state < 0 ? nullptr : boolean(state == 1);
}

PyObject* matches(PyObject* s, const Args& args, Py_ssize_t begin, Py_ssize_t end, int direction) {
  const Py_ssize_t state = PyUnicode_Tailmatch(s, args[0], begin, end, direction);
  return state < 0 ? nullptr : boolean(state == 1);
}
PyObject* startswith(PyObject* s, const Args& args) {
  Range range;
  return range.read(args) ? matches(s, args, range.begin, range.end, -1) : nullptr;
}
PyObject* endswith(PyObject* s, const Args& args) {
  Range range;
  return range.read(args) ? matches(s, args, range.begin, range.end, 1) : nullptr;
}
PyObject* starts_with(PyObject* s, const Args& args) {
  Py_ssize_t from = 0, unused = 0;
  if (!args.text(0) || !args.optional_integer(1, &from)) return nullptr;
  clamp_range(&from, &unused, PyUnicode_GET_LENGTH(s));
  return matches(s, args, from, PY_SSIZE_T_MAX, -1);
}
PyObject* ends_with(PyObject* s, const Args& args) {
  Py_ssize_t unused = 0, end = PyUnicode_GET_LENGTH(s);
  if (!args.text(0) || !args.optional_integer(1, &end)) return nullptr;
  clamp_range(&unused, &end, PyUnicode_GET_LENGTH(s));
  return matches(s, args, 0, end, 1);
}

PyObject* count(PyObject* s, const Args& args) {
  Range range;
  if (!range.read(args)) return nullptr;
  const Py_ssize_t n = PyUnicode_Count(s, args[0], range.begin, range.end);
  return n < 0 ? nullptr : PyLong_FromSsize_t(n);
}

PyObject* character(PyObject* s, Py_ssize_t i) { return PyUnicode_Substring(s, i, i + 1); }
bool inside(PyObject* s, Py_ssize_t i) { return i >= 0 && i < PyUnicode_GET_LENGTH(s); }

PyObject* char_at(PyObject* s, const Args& args) {
  Py_ssize_t i = 0;
  if (!args.optional_integer(0, &i)) return nullptr;
  return inside(s, i) ? character(s, i) : PyUnicode_FromString("");
}

PyObject* at(PyObject* s, const Args& args) {
  Py_ssize_t i;
  if (!args.integer(0, &i)) return nullptr;
  if (i < 0) i += PyUnicode_GET_LENGTH(s);
  return inside(s, i) ? character(s, i) : none();
}

PyObject* char_code_at(PyObject* s, const Args& args) {
  Py_ssize_t i = 0;
  if (!args.optional_integer(0, &i)) return nullptr;
  return inside(s, i) ? PyLong_FromUnsignedLong(PyUnicode_READ_CHAR(s, i)) : none();
}

Member rows[] = {
    {"find", "sub, start?, end?", find},
    {"rfind", "sub, start?, end?", rfind},
    {"index", "sub, start?, end?", index},
    {"rindex", "sub, start?, end?", rindex},
    {"indexOf", "sub, from?", index_of},
    {"lastIndexOf", "sub", rfind},
    {"includes", "sub", includes},
    {"contains", "sub", includes},
    {"startswith", "prefix, start?, end?", startswith},
    {"endswith", "suffix, start?, end?", endswith},
    {"startsWith", "prefix, pos?", starts_with},
    {"endsWith", "suffix, end?", ends_with},
    {"count", "sub, start?, end?", count},
    {"charAt", "i?", char_at},
    {"at", "i", at},
    {"charCodeAt", "i?", char_code_at},
    {"codePointAt", "i?", char_code_at},
};

}  // namespace

MemberRows string_search_members() { return {rows, static_cast<int>(std::size(rows))}; }

}  // namespace ml::native
