// Members of strings that change or cut text (language.md 4.2).

#include <algorithm>
#include <iterator>

#include "runtime/native/display.h"
#include "runtime/native/indexing.h"
#include "runtime/native/members.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

inline constexpr Py_ssize_t kMaxWidth = 10000;

template <size_t N>
struct Name {
  char text[N];
  consteval Name(const char (&s)[N]) { std::copy_n(s, N, text); }
};

// A member that is Python's own string method of that name, without arguments.
template <Name name>
PyObject* plain(PyObject* s, const Args&) {
  static PyObject* method = intern(name.text);
  return PyObject_CallMethodNoArgs(s, method);
}

template <Name name>
PyObject* strip(PyObject* s, const Args& args) {
  static PyObject* method = intern(name.text);
  if (!args.given(0)) return PyObject_CallMethodNoArgs(s, method);
  return args.text(0) ? PyObject_CallMethodOneArg(s, method, args[0]) : nullptr;
}

template <Name name>
PyObject* pad_both(PyObject* s, const Args& args) {
  static PyObject* method = intern(name.text);
  Py_ssize_t width;
  if (!args.integer(0, &width) || (args.given(1) && !args.text(1))) return nullptr;
  if (args.given(1) && PyUnicode_GET_LENGTH(args[1]) != 1)
    return raise_type("The fill character must be exactly one character long");
  if (refuse_size(1, width, kMaxWidth, "width")) return nullptr;
  Ref size(PyLong_FromSsize_t(width));
  if (!size) return nullptr;
  return PyObject_CallMethodObjArgs(s, method, size.get(), args.given(1) ? args[1] : nullptr, nullptr);
}

// `fill` repeated and cut to `width` characters.
PyObject* filler(PyObject* fill, Py_ssize_t width) {
  const Py_ssize_t unit = PyUnicode_GET_LENGTH(fill);
  if (refuse_size(1, width, kMaxText, "text")) return nullptr;
  Ref repeated(PySequence_Repeat(fill, width / unit + 1));
  return repeated ? PyUnicode_Substring(repeated.get(), 0, width) : nullptr;
}

PyObject* pad(PyObject* s, const Args& args, bool at_start) {
  static PyObject* space = intern(" ");
  Py_ssize_t width;
  if (!args.integer(0, &width) || (args.given(1) && !args.text(1))) return nullptr;
  PyObject* fill = args.given(1) ? args[1] : space;
  const Py_ssize_t missing = width - PyUnicode_GET_LENGTH(s);
  if (missing <= 0 || PyUnicode_GET_LENGTH(fill) == 0) return new_ref(s);
  Ref text(filler(fill, missing));
  if (!text) return nullptr;
  return at_start ? PyUnicode_Concat(text.get(), s) : PyUnicode_Concat(s, text.get());
}
PyObject* pad_start(PyObject* s, const Args& args) { return pad(s, args, true); }
PyObject* pad_end(PyObject* s, const Args& args) { return pad(s, args, false); }

PyObject* length(PyObject* s, const Args&) { return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(s)); }

PyObject* characters(PyObject* s, Py_ssize_t most) {
  const Py_ssize_t size = PyUnicode_GET_LENGTH(s);
  const Py_ssize_t singles = most < 0 || most >= size ? size : most;
  Ref result(PyList_New(singles + (singles < size ? 1 : 0)));
  for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(result.get()); ++i) {
    PyObject* piece = PyUnicode_Substring(s, i, i < singles ? i + 1 : size);
    if (!piece) return nullptr;
    PyList_SET_ITEM(result.get(), i, piece);
  }
  return result.release();
}

PyObject* split(PyObject* s, const Args& args) {
  Py_ssize_t most = -1;
  if (!args.optional_integer(1, &most)) return nullptr;
  if (!args.given(0)) return PyUnicode_Split(s, nullptr, most);
  if (!args.text(0)) return nullptr;
  return PyUnicode_GET_LENGTH(args[0]) == 0 ? characters(s, most) : PyUnicode_Split(s, args[0], most);
}

PyObject* rsplit(PyObject* s, const Args& args) {
  Py_ssize_t most = -1;
  if (!args.optional_integer(1, &most)) return nullptr;
  if (!args.given(0)) return PyUnicode_RSplit(s, nullptr, most);
  if (!args.text(0)) return nullptr;
  return PyUnicode_GET_LENGTH(args[0]) == 0 ? characters(s, -1) : PyUnicode_RSplit(s, args[0], most);
}

PyObject* join(PyObject* s, const Args& args) {
  Ref items(as_list(args[0]));
  if (!items) {
    if (!PyErr_ExceptionMatches(MLError)) return nullptr;
    PyErr_Clear();
    return raise_argument(args.member->label, "items", "iterable", args[0]);
  }
  if (PyObject* joined = join_strings(s, items.get())) return joined;
  if (PyErr_Occurred()) return nullptr;
  Text text;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
    PyObject* item = PyList_GET_ITEM(items.get(), i);
    if (i && !text.add(s)) return nullptr;
    if (item != Py_None && !text.add(item)) return nullptr;
  }
  return text.finish();
}

PyObject* replace(PyObject* s, const Args& args) {
  Py_ssize_t most = -1;
  if (!args.text(0) || !args.text(1) || !args.optional_integer(2, &most)) return nullptr;
  const Py_ssize_t size = PyUnicode_GET_LENGTH(s), inserted = PyUnicode_GET_LENGTH(args[1]);
  if (inserted > 0 && size >= kMaxText / inserted) {
    const Py_ssize_t found = PyUnicode_Count(s, args[0], 0, size);
    if (found < 0 || refuse_size(1, size + inserted * found, kMaxText, "text")) return nullptr;
  }
  return PyUnicode_Replace(s, args[0], args[1], most);
}

PyObject* repeat(PyObject* s, const Args& args) {
  Py_ssize_t times;
  if (!args.integer(0, &times)) return nullptr;
  if (times < 0) return raise("ValueError", "string.repeat(): 'n' must not be negative");
  if (refuse_size(PyUnicode_GET_LENGTH(s), times, kMaxText, "text")) return nullptr;
  return PySequence_Repeat(s, times);
}

PyObject* slice(PyObject* s, const Args& args) {
  Py_ssize_t begin = 0, end = PyUnicode_GET_LENGTH(s);
  if (!args.optional_integer(0, &begin) || !args.optional_integer(1, &end)) return nullptr;
  clamp_range(&begin, &end, PyUnicode_GET_LENGTH(s));
  return PyUnicode_Substring(s, begin, std::max(begin, end));
}

PyObject* substring(PyObject* s, const Args& args) {
  const Py_ssize_t size = PyUnicode_GET_LENGTH(s);
  Py_ssize_t a, b = size;
  if (!args.integer(0, &a) || !args.optional_integer(1, &b)) return nullptr;
  a = std::clamp<Py_ssize_t>(a, 0, size);
  b = std::clamp<Py_ssize_t>(b, 0, size);
  return PyUnicode_Substring(s, std::min(a, b), std::max(a, b));
}

PyObject* substr(PyObject* s, const Args& args) {
  const Py_ssize_t size = PyUnicode_GET_LENGTH(s);
  Py_ssize_t begin, count = size, unused = 0;
  if (!args.integer(0, &begin) || !args.optional_integer(1, &count)) return nullptr;
  clamp_range(&begin, &unused, size);
  count = std::clamp<Py_ssize_t>(count, 0, size - begin);
  return PyUnicode_Substring(s, begin, begin + count);
}

PyObject* concat(PyObject* s, const Args& args) {
  Text text;
  if (!text.add(s)) return nullptr;
  for (Py_ssize_t i = 0; i < args.count; ++i)
    if (!text.add(args[i])) return nullptr;
  return text.finish();
}

PyObject* reverse(PyObject* s, const Args&) {
  const Py_ssize_t size = PyUnicode_GET_LENGTH(s);
  PyObject* result = PyUnicode_New(size, PyUnicode_MAX_CHAR_VALUE(s));
  if (!result) return nullptr;
  const int kind = PyUnicode_KIND(s);
  for (Py_ssize_t i = 0; i < size; ++i)
    PyUnicode_WRITE(PyUnicode_KIND(result), PyUnicode_DATA(result), size - 1 - i,
                    PyUnicode_READ(kind, PyUnicode_DATA(s), i));
  return result;
}

PyObject* to_string(PyObject* s, const Args&) { return new_ref(s); }

Member rows[] = {
    {"length", "", length, Member::Form::both},
    {"upper", "", plain<"upper">},
    {"lower", "", plain<"lower">},
    {"toUpperCase", "", plain<"upper">},
    {"toLowerCase", "", plain<"lower">},
    {"capitalize", "", plain<"capitalize">},
    {"title", "", plain<"title">},
    {"swapcase", "", plain<"swapcase">},
    {"strip", "chars?", strip<"strip">},
    {"lstrip", "chars?", strip<"lstrip">},
    {"rstrip", "chars?", strip<"rstrip">},
    {"trim", "", plain<"strip">},
    {"trimStart", "", plain<"lstrip">},
    {"trimEnd", "", plain<"rstrip">},
    {"split", "sep?, max?", split},
    {"rsplit", "sep?, max?", rsplit},
    {"join", "items", join},
    {"replace", "old, new, count?", replace},
    {"replaceAll", "old, new", replace},
    {"isdigit", "", plain<"isdigit">},
    {"isalpha", "", plain<"isalpha">},
    {"isalnum", "", plain<"isalnum">},
    {"isspace", "", plain<"isspace">},
    {"istitle", "", plain<"istitle">},
    {"isupper", "", plain<"isupper">},
    {"islower", "", plain<"islower">},
    {"center", "width, fill?", pad_both<"center">},
    {"ljust", "width, fill?", pad_both<"ljust">},
    {"rjust", "width, fill?", pad_both<"rjust">},
    {"padStart", "width, fill?", pad_start},
    {"padEnd", "width, fill?", pad_end},
    {"repeat", "n", repeat},
    {"slice", "start?, end?", slice},
    {"substring", "start, end?", substring},
    {"substr", "start, count?", substr},
    {"concat", "items...", concat},
    {"reverse", "", reverse},
    {"toString", "", to_string},
};

}  // namespace

MemberRows string_members() { return {rows, static_cast<int>(std::size(rows))}; }

}  // namespace ml::native
