#include "runtime/native/display.h"

#include <charconv>
#include <vector>

#include "runtime/native/error_value.h"
#include "runtime/native/helpers.h"
#include "runtime/native/lending.h"
#include "runtime/native/method.h"
#include "runtime/native/module_value.h"
#include "runtime/native/raise.h"

namespace ml::native {

inline constexpr size_t kMaxNesting = 200;

// Writes values to a Text, remembering the containers it is inside of.
class Writer {
 public:
  explicit Writer(Text& text) : out_(text.out_) {}

  bool value(PyObject* v, bool quote) {
    switch (kind_of(v)) {
      case Kind::null: return ascii("null");
      case Kind::boolean: return ascii(v == Py_True ? "true" : "false");
      case Kind::integer: return integer(v);
      case Kind::real: return real(PyFloat_AS_DOUBLE(v));
      case Kind::string: return quote ? owned(PyObject_Repr(v)) : string(v);
      case Kind::bytes: return owned(PyObject_Repr(v));
      case Kind::array: return array(v);
      case Kind::object: return object(v);
      case Kind::function: return named("function", function_name(v));
      case Kind::generator: return named("generator", function_name(v));
      case Kind::iterator: return ascii("<iterator>");
      case Kind::module: return named("module", new_ref(module_name(v)));
      case Kind::error: return error(v, quote);
      case Kind::library: return library(v);
      case Kind::other: break;
    }
    return ascii("<unknown>");
  }

 private:
  bool ascii(const char* text) {
    for (; *text; ++text) out_.push_back(static_cast<unsigned char>(*text));
    return true;
  }

  bool string(PyObject* s) {
    const Py_ssize_t length = PyUnicode_GET_LENGTH(s);
    const size_t at = out_.size();
    if (static_cast<Py_ssize_t>(at) + length > kMaxText)
      return raise("LimitError", "result larger than %zdMB", kMaxText >> 20) != nullptr;
    out_.resize(at + length);
    const int kind = PyUnicode_KIND(s);
    const void* data = PyUnicode_DATA(s);
    for (Py_ssize_t i = 0; i < length; ++i) out_[at + i] = PyUnicode_READ(kind, data, i);
    return true;
  }

  bool owned(PyObject* text) {
    Ref holder(text);
    return text && string(text);
  }

  bool integer(PyObject* v) {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(v, &overflow);
    if (overflow) {
      Ref text(PyLong_Type.tp_repr(v));
      if (!text) refuse_digits();
      return text && string(text.get());
    }
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, small).ptr;
    out_.append(digits, end);
    return true;
  }

  bool real(double v) {
    char* text = PyOS_double_to_string(v, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (!text) return false;
    ascii(text);
    PyMem_Free(text);
    return true;
  }

  bool named(const char* what, PyObject* name) {
    Ref holder(name);
    if (!name) return false;
    out_.push_back('<');
    ascii(what);
    if (PyUnicode_GET_LENGTH(name) > 0) {
      out_.push_back(' ');
      if (!string(name)) return false;
    }
    out_.push_back('>');
    return true;
  }

  bool enter(PyObject* container, const char* placeholder, bool& shown) {
    shown = inside_.size() >= kMaxNesting;
    for (PyObject* outer : inside_) shown = shown || outer == container;
    if (shown) return ascii(placeholder);
    inside_.push_back(container);
    return true;
  }

  bool array(PyObject* v) {
    bool shown = false;
    if (!enter(v, "[...]", shown) || shown) return shown;
    out_.push_back('[');
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(v); ++i) {
      if (i) ascii(", ");
      Ref item = Ref::borrowed(PyList_GET_ITEM(v, i));
      if (!value(item.get(), true)) return false;
    }
    out_.push_back(']');
    inside_.pop_back();
    return true;
  }

  bool object(PyObject* v) {
    bool shown = false;
    if (!enter(v, "{...}", shown) || shown) return shown;
    out_.push_back('{');
    PyObject *key, *item;
    Py_ssize_t position = 0;
    bool first = true;
    Ref seen(readable(v));
    if (!seen) return false;
    while (PyDict_Next(seen.get(), &position, &key, &item)) {
      if (!std::exchange(first, false)) ascii(", ");
      Ref k = Ref::borrowed(key), i = Ref::borrowed(item);
      if (!value(key, true) || (ascii(": "), !value(item, true))) return false;
    }
    out_.push_back('}');
    inside_.pop_back();
    return true;
  }

  bool error(PyObject* v, bool quote) {
    Ref message(error_message(v));
    if (!message) return false;
    if (!quote) return string(message.get());
    Ref type(error_type(v));
    if (!type || !string(type.get())) return false;
    out_.push_back('(');
    if (!owned(PyObject_Repr(message.get()))) return false;
    out_.push_back(')');
    return true;
  }

  bool library(PyObject* v) {
    const LibraryClass* c = find_library_class(Py_TYPE(v));
    if (!c->display) return named(PyUnicode_AsUTF8(c->name), PyUnicode_FromString(""));
    Ref text(PyObject_CallOneArg(c->display, v));
    if (!text) return false;
    if (!PyUnicode_CheckExact(text.get()))
      return raise("InternalError", "display form is not a string") != nullptr;
    return string(text.get());
  }

  std::u32string& out_;
  std::vector<PyObject*> inside_;
};

bool Text::add(PyObject* v) { return Writer(*this).value(v, false); }

PyObject* Text::finish() {
  if (refuse_size(1, static_cast<Py_ssize_t>(out_.size()), kMaxText, "text")) return nullptr;
  return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, out_.data(), static_cast<Py_ssize_t>(out_.size()));
}

PyObject* display(PyObject* v) {
  switch (kind_of(v)) {
    case Kind::string: return new_ref(v);
    case Kind::integer: {
      PyObject* text = PyLong_Type.tp_repr(v);
      if (!text) refuse_digits();
      return text;
    }
    case Kind::real: return PyFloat_Type.tp_repr(v);
    default: break;
  }
  Text text;
  return text.add(v) ? text.finish() : nullptr;
}

PyObject* quoted(PyObject* v) {
  if (PyUnicode_CheckExact(v)) return PyObject_Repr(v);
  Text text;
  return Writer(text).value(v, true) ? text.finish() : nullptr;
}

PyObject* join_strings(PyObject* separator, PyObject* list) {
  Py_ssize_t length = 0;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    PyObject* item = PyList_GET_ITEM(list, i);
    if (!PyUnicode_CheckExact(item)) return nullptr;
    length += PyUnicode_GET_LENGTH(item) + PyUnicode_GET_LENGTH(separator);
  }
  return refuse_size(1, length, kMaxText, "text") ? nullptr : PyUnicode_Join(separator, list);
}

PyObject* function_name(PyObject* function) {
  if (Py_IS_TYPE(function, &PyCFunction_Type))
    return PyUnicode_FromString(reinterpret_cast<PyCFunctionObject*>(function)->m_ml->ml_name);
  if (Py_IS_TYPE(function, &Method_Type)) return new_ref(method_name(function));
  // Library functions have the qualified name that ML programs see: "math.sqrt", "builtin.input".
  const bool generator = PyGen_CheckExact(function), user = is_user_function(function) || generator;
  Ref name(PyObject_GetAttrString(function, user && !generator ? "__name__" : "__qualname__"));
  if (!name) return nullptr;
  static PyObject* builtin = intern("builtin.");
  if (!user && PyUnicode_Tailmatch(name.get(), builtin, 0, PY_SSIZE_T_MAX, -1) == 1)
    return PyUnicode_Substring(name.get(), PyUnicode_GET_LENGTH(builtin), PyUnicode_GET_LENGTH(name.get()));
  if (PyUnicode_FindChar(name.get(), '<', 0, PyUnicode_GET_LENGTH(name.get()), 1) >= 0)
    return PyUnicode_FromString("");
  return name.release();
}

namespace {

// A text as large as no operation makes it comes from `s = s + ...` only, which asks nobody (core/emit): here
// it stops growing by itself.
PyObject* py_display(PyObject*, PyObject* v) {
  if (PyUnicode_CheckExact(v) && refuse_size(1, PyUnicode_GET_LENGTH(v), kMaxText, "text")) return nullptr;
  return display(v);
}
PyObject* py_quoted(PyObject*, PyObject* v) { return quoted(v); }

// Concatenation of display forms without an intermediate buffer when all are strings of one width.
PyObject* py_concat(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count == 2 && PyUnicode_CheckExact(args[0])) {
    Ref right(display(args[1]));
    if (!right ||
        refuse_size(1, PyUnicode_GET_LENGTH(args[0]) + PyUnicode_GET_LENGTH(right.get()), kMaxText, "text"))
      return nullptr;
    return PyUnicode_Concat(args[0], right.get());
  }
  constexpr Py_ssize_t kPieces = 16;
  if (count > kPieces) {
    Text text;
    for (Py_ssize_t i = 0; i < count; ++i)
      if (!text.add(args[i])) return nullptr;
    return text.finish();
  }
  Ref pieces[kPieces];
  Py_ssize_t length = 0;
  Py_UCS4 widest = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    pieces[i] = Ref(display(args[i]));
    if (!pieces[i]) return nullptr;
    length += PyUnicode_GET_LENGTH(pieces[i].get());
    const Py_UCS4 width = PyUnicode_MAX_CHAR_VALUE(pieces[i].get());
    if (width > widest) widest = width;
  }
  if (refuse_size(1, length, kMaxText, "text")) return nullptr;
  Ref result(PyUnicode_New(length, widest));
  if (!result || length == 0) return result.release();
  Py_ssize_t at = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    const Py_ssize_t size = PyUnicode_GET_LENGTH(pieces[i].get());
    if (size && PyUnicode_CopyCharacters(result.get(), at, pieces[i].get(), 0, size) < 0) return nullptr;
    at += size;
  }
  return result.release();
}

PyMethodDef helpers[] = {{"__concat", as_cfunction(py_concat), METH_FASTCALL, nullptr},
                         {"__str", py_display, METH_O, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyMethodDef functions[] = {{"display", py_display, METH_O, "Display form of a value."},
                           {"quoted", py_quoted, METH_O, "Quoted form of a value."},
                           {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_display(PyObject* module) {
  return add_helpers(helpers) < 0 ? -1 : PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
