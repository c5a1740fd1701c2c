#include "runtime/native/rewrite.h"

#include <string>

#include "runtime/native/kinds.h"
#include "runtime/native/positions.h"
#include "runtime/native/raise.h"

namespace ml::native {
namespace {

#if PY_VERSION_HEX >= 0x030C0000
constexpr auto make_code = PyUnstable_Code_NewWithPosOnlyArgs;
#else
constexpr auto make_code = PyCode_NewWithPosOnlyArgs;
#endif

bool starts_with(PyObject* text, const char* prefix) {
  Ref p(PyUnicode_FromString(prefix));
  return p && PyUnicode_Tailmatch(text, p.get(), 0, PY_SSIZE_T_MAX, -1) == 1;
}

bool equals(PyObject* text, const char* other) { return PyUnicode_CompareWithASCIIString(text, other) == 0; }

// `__ml_class` -> `class`.
PyObject* variable_name(PyObject* name) {
  constexpr Py_ssize_t kPrefix = 5;
  if (PyUnicode_GET_LENGTH(name) <= kPrefix || PyUnicode_READ_CHAR(name, 0) != '_' ||
      !starts_with(name, "__ml_"))
    return new_ref(name);
  return PyUnicode_Substring(name, kPrefix, PyUnicode_GET_LENGTH(name));
}

// The generator that a function with defaults starts when it is called: a scope of that function in code, the
// function itself to people.
constexpr char kGenerator[] = "__gen_";

PyObject* function_name(PyObject* name) {
  if (equals(name, "<module>")) return PyUnicode_FromString("<main>");
  if (equals(name, "<lambda>") || starts_with(name, "__fn_")) return PyUnicode_FromString("<anonymous>");
  if (starts_with(name, "__scope_") || starts_with(name, kGenerator)) return PyUnicode_FromString("<scope>");
  return variable_name(name);
}

PyObject* shown_name(PyObject* name) {
  if (!starts_with(name, kGenerator)) return function_name(name);
  constexpr Py_ssize_t kPrefix = sizeof kGenerator - 1;
  if (PyUnicode_GET_LENGTH(name) == kPrefix) return PyUnicode_FromString("<anonymous>");
  return PyUnicode_Substring(name, kPrefix, PyUnicode_GET_LENGTH(name));
}

// Takes over the reference to a tuple of names.
PyObject* variable_names(PyObject* owned_tuple) {
  Ref names(owned_tuple);
  if (!names) return nullptr;
  Ref result(PyTuple_New(PyTuple_GET_SIZE(names.get())));
  for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(names.get()); ++i) {
    PyObject* name = variable_name(PyTuple_GET_ITEM(names.get(), i));
    if (!name) return nullptr;
    PyTuple_SET_ITEM(result.get(), i, name);
  }
  return result.release();
}

class Rewriter {
 public:
  Rewriter(PyObject* file, const PositionTable& table) : file_(file), table_(table) {}

  PyObject* code(PyCodeObject* co) {
    if (Py_EnterRecursiveCall(" in rewrite")) return nullptr;
    PyObject* result = code_at_depth(co);
    Py_LeaveRecursiveCall();
    return result;
  }

 private:
  PyObject* constants(PyCodeObject* co) {
    const Py_ssize_t size = PyTuple_GET_SIZE(co->co_consts);
    Ref result(PyTuple_New(size));
    for (Py_ssize_t i = 0; result && i < size; ++i) {
      PyObject* value = PyTuple_GET_ITEM(co->co_consts, i);
      value = PyCode_Check(value) ? code(reinterpret_cast<PyCodeObject*>(value)) : new_ref(value);
      if (!value) return nullptr;
      PyTuple_SET_ITEM(result.get(), i, value);
    }
    return result.release();
  }

  // The whole table in ML places. `first_line` becomes the ML line of the function: of its `def`, or for an
  // expression (which shares its Python line with others) of its body.
  std::string locations(PyCodeObject* co, bool expression, bool top, int& first_line) {
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    PyBytes_AsStringAndSize(co->co_linetable, &bytes, &size);
    auto entries = decode_locations({bytes, static_cast<size_t>(size)}, co->co_firstlineno);
    first_line = top ? 1 : 0;
    if (!expression && !top) first_line = table_.line_at(co->co_firstlineno);
    for (const Location& l : entries) {
      if (first_line) break;
      // The RESUME at the start has an empty range at column 0.
      if (l.place.line && l.place.column >= 0 && (l.place.end_column > 0 || l.place.end_line > l.place.line))
        if (const auto ml = table_.find(l.place)) first_line = ml->line;
    }
    if (!first_line) first_line = table_.line_at(co->co_firstlineno);
    for (Location& l : entries) {
      if (l.place.line == 0) continue;
      const bool start = l.place.line == co->co_firstlineno && l.place.column == 0 && l.place.end_column == 0;
      const auto ml =
          start ? Place{first_line, 0, first_line, 0} : table_.find(l.place).value_or(Place{first_line});
      const bool columns = l.place.column >= 0;
      l.place = ml;
      if (!columns) l.place.column = -1;
    }
    return encode_locations(entries, first_line);
  }

  PyObject* code_at_depth(PyCodeObject* co) {
    const bool top = equals(co->co_name, "<module>");
    int first_line = 1;
    const std::string places = locations(co, equals(co->co_name, "<lambda>"), top, first_line);
    Ref consts(constants(co)), names(variable_names(new_ref(co->co_names))), name(function_name(co->co_name));
    Ref bytecode(PyCode_GetCode(co)), variables(variable_names(PyCode_GetVarnames(co)));
    Ref free(variable_names(PyCode_GetFreevars(co))), cell(variable_names(PyCode_GetCellvars(co)));
    Ref table(PyBytes_FromStringAndSize(places.data(), static_cast<Py_ssize_t>(places.size())));
    Ref shown(shown_name(co->co_name));
    if (!consts || !names || !name || !shown || !bytecode || !variables || !free || !cell || !table)
      return nullptr;
    return reinterpret_cast<PyObject*>(make_code(
        co->co_argcount, co->co_posonlyargcount, co->co_kwonlyargcount,
        static_cast<int>(PyTuple_GET_SIZE(variables.get())), co->co_stacksize, co->co_flags | kMlCode,
        bytecode.get(), consts.get(), names.get(), variables.get(), free.get(), cell.get(), file_, name.get(),
        shown.get(), first_line, table.get(), co->co_exceptiontable));
  }

  PyObject* file_;
  const PositionTable& table_;
};

PyObject* py_rewrite(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 3 || !PyCode_Check(args[0]) || !PyUnicode_Check(args[1]) || !PyBytes_Check(args[2]))
    return raise("InternalError", "rewrite(code, ml_file, rows)");
  const auto table =
      PositionTable::read({PyBytes_AS_STRING(args[2]), static_cast<size_t>(PyBytes_GET_SIZE(args[2]))});
  if (!table) return raise("InternalError", "the position table is damaged");
  return Rewriter(args[1], *table).code(reinterpret_cast<PyCodeObject*>(args[0]));
}

// Appends (code, dotted name, first line) of a rewritten code object and everything inside it.
bool list_functions(PyCodeObject* co, PyObject* dotted, bool top, PyObject* into) {
  Ref row(Py_BuildValue("(OOi)", co, dotted, co->co_firstlineno));
  if (!row || PyList_Append(into, row.get()) < 0) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(co->co_consts); ++i) {
    PyObject* value = PyTuple_GET_ITEM(co->co_consts, i);
    if (!PyCode_Check(value)) continue;
    auto* inner = reinterpret_cast<PyCodeObject*>(value);
    Ref own(equals(inner->co_name, "<anonymous>") ? PyUnicode_FromString("(anonymous)")
                                                  : new_ref(inner->co_name));
    Ref name(!own ? nullptr : top ? new_ref(own.get()) : PyUnicode_FromFormat("%U.%U", dotted, own.get()));
    if (!name || !list_functions(inner, name.get(), false, into)) return false;
  }
  return true;
}

PyObject* py_functions(PyObject*, PyObject* code) {
  if (!PyCode_Check(code)) return raise("InternalError", "functions() needs a code object");
  Ref result(PyList_New(0)), top(PyUnicode_FromString("(top level)"));
  if (!result || !top) return nullptr;
  return list_functions(reinterpret_cast<PyCodeObject*>(code), top.get(), true, result.get())
             ? result.release()
             : nullptr;
}

PyMethodDef functions[] = {
    {"rewrite", as_cfunction(py_rewrite), METH_FASTCALL,
     "rewrite(code, ml_file, rows): the code with ML positions and names, recursively."},
    {"functions", py_functions, METH_O,
     "[(code, dotted ML name, first ML line), ...] of a rewritten module."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_rewrite(PyObject* module) { return PyModule_AddFunctions(module, functions); }

}  // namespace ml::native
