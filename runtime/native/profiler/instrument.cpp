#include "runtime/native/profiler/instrument.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "runtime/native/profiler/exception_rows.h"
#include "runtime/native/profiler/iterator_meter.h"
#include "runtime/native/profiler/line_splice.h"
#include "runtime/native/profiler/number_site.h"
#include "runtime/native/profiler/splice.h"

namespace ml::native::profiler {
namespace {

struct Ref {  // one owned reference
  PyObject* p = nullptr;
  Ref() = default;
  explicit Ref(PyObject* owned) : p(owned) {}
  Ref(Ref&& other) noexcept : p(std::exchange(other.p, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(p, other.p);
    return *this;
  }
  ~Ref() { Py_XDECREF(p); }
  explicit operator bool() const { return p != nullptr; }
  PyObject* release() { return std::exchange(p, nullptr); }
};

PyCodeObject* as_code(PyObject* p) { return reinterpret_cast<PyCodeObject*>(p); }

std::string_view bytes_view(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

PyObject* to_bytes(const std::string& s) {
  return PyBytes_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

std::string_view text_view(PyObject* text) {
  Py_ssize_t n = 0;
  const char* s = PyUnicode_AsUTF8AndSize(text, &n);
  if (s == nullptr) {
    PyErr_Clear();
    return "?";
  }
  return {s, static_cast<std::size_t>(n)};
}

bool is_inner(std::string_view name) {
  return name == "<listcomp>" || name == "<dictcomp>" || name == "<setcomp>" || name == "<genexpr>" ||
         name == "<scope>";  // of the emitter: holds the name of a function expression
}

bool is_anonymous(std::string_view name) {
  return name == "<anonymous>" || name == "<lambda>" || name.starts_with("__fn_");
}

struct Context {
  Registry& registry;
  std::string_view file;
  bool as_it_is = false;  // no copies, no probes
};

PyObject* instrument(const Context& in, PyObject* code, const std::string& outer, std::uint32_t outer_id,
                     bool top) {
  const std::string_view own = text_view(as_code(code)->co_name);
  const bool inner = !top && is_inner(own);
  std::string name = top ? "(top level)" : is_anonymous(own) ? "(anonymous)" : outer + std::string(own);
  const std::uint32_t line = top ? 1 : static_cast<std::uint32_t>(as_code(code)->co_firstlineno);
  const std::uint32_t id =
      inner ? outer_id : in.registry.add_function(in.file, name, line, Category::ml_code, FunctionKind::ml);
  const std::string prefix = inner ? outer : top ? std::string() : name + ".";

  PyObject* consts = as_code(code)->co_consts;
  if (in.as_it_is) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); ++i) {
      PyObject* constant = PyTuple_GET_ITEM(consts, i);
      if (PyCode_Check(constant) && !Ref(instrument(in, constant, prefix, id, false))) return nullptr;
    }
    return in.registry.add_code(code, id, true, inner, -1) ? Py_NewRef(code) : nullptr;
  }
  Ref nested(PyTuple_New(PyTuple_GET_SIZE(consts)));
  if (!nested) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(consts, i);
    PyObject* now =
        PyCode_Check(constant) ? instrument(in, constant, prefix, id, false) : Py_NewRef(constant);
    if (now == nullptr) return nullptr;
    PyTuple_SET_ITEM(nested.p, i, now);
  }
  Py_ssize_t probe_index = -1;
  CodeCounters lines;
  lines.calls_follow = !top;
  Ref made(with_probe(code, inner ? Counting::none : in.registry.counting(), nested.p, &probe_index,
                      in.registry.counts_lines() && !inner ? &lines : nullptr, in.registry.numbers_count()));
  if (!made || !in.registry.add_code(made.p, id, true, inner, probe_index)) return nullptr;
  in.registry.add_lines(made.p, id, std::move(lines));
  return made.release();
}

// "Bridge.function.<locals>.call" -> "Bridge.function.call"
std::string shown_name(PyObject* code) {
  constexpr std::string_view kLocals = ".<locals>";
  std::string name(text_view(as_code(code)->co_qualname));
  for (std::size_t at = name.find(kLocals); at != name.npos; at = name.find(kLocals, at))
    name.erase(at, kLocals.size());
  return name;
}

// `outer`: the function in which the code stands, for what has no name of its own.
bool register_code(Registry& registry, PyObject* code, std::string_view module, Category category,
                   FunctionKind kind, Role role, std::uint32_t outer = kNone) {
  if (registry.index().find(code) != nullptr) return true;
  const bool inner = outer != kNone && is_inner(text_view(as_code(code)->co_name));
  const auto line = static_cast<std::uint32_t>(as_code(code)->co_firstlineno);
  const std::uint32_t id = role != Role::ordinary ? Registry::kLibrary
                           : inner                ? outer
                                   : registry.add_function(module, shown_name(code), line, category, kind);
  if (!registry.add_code(code, id, false, inner, -1, role)) return false;
  PyObject* consts = as_code(code)->co_consts;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(consts, i);
    if (PyCode_Check(constant) && !register_code(registry, constant, module, category, kind, role, id))
      return false;
  }
  return true;
}

bool register_values(Registry& registry, PyObject* dict, std::string_view module, Category category,
                     FunctionKind kind, Role role, int depth) {
  PyObject *key = nullptr, *value = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
    if (PyFunction_Check(value)) {
      if (!register_code(registry, PyFunction_GET_CODE(value), module, category, kind, role)) return false;
    } else if (PyType_Check(value) && depth == 0) {
      auto* type = reinterpret_cast<PyTypeObject*>(value);
      if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || type->tp_dict == nullptr) continue;
      if (!register_values(registry, type->tp_dict, module, category, kind, role, 1)) return false;
    }
  }
  return true;
}

constexpr const char* kSelfTest = R"(
def rec(n):
    return 0 if n == 0 else rec(n - 1) + 1
def gen(n):
    for i in range(n):
        yield i
def exc(n):
    try:
        if n: exc(n - 1)
        raise ValueError(n)
    finally:
        n = 0
def mk(k):
    def inner(x):
        return x + k
    return inner
def run():
    for i in range(20):
        rec(i % 4)
        list(gen(3)), gen(2)
        try: exc(2)
        except ValueError: pass
        f = mk(i)
        f(1), f(2)
run()
)";
struct Expected {
  const char* name;
  std::uint64_t calls;
};
constexpr Expected kExpected[] = {{"(top level)", 1}, {"rec", 50},      {"gen", 40}, {"exc", 60},
                                  {"mk", 20},         {"mk.inner", 40}, {"run", 1}};

}  // namespace

// Line of every code unit, -1 where there is none. False with a Python error.
static bool lines_of_units(PyObject* code, std::vector<int>* to) {
  to->assign(static_cast<std::size_t>(Py_SIZE(code)), -1);
  const Ref rows(PyObject_CallMethod(code, "co_lines", nullptr));
  if (!rows) return false;
  while (PyObject* row = PyIter_Next(rows.p)) {
    const Ref held(row);
    const long start = PyLong_AsLong(PyTuple_GET_ITEM(row, 0)), end = PyLong_AsLong(PyTuple_GET_ITEM(row, 1));
    PyObject* line = PyTuple_GET_ITEM(row, 2);
    if (line == Py_None) continue;
    for (long u = start / 2; u < end / 2 && u < static_cast<long>(to->size()); ++u)
      (*to)[static_cast<std::size_t>(u)] = static_cast<int>(PyLong_AsLong(line));
  }
  return PyErr_Occurred() == nullptr;
}

// Names of the functions that give ranges: the emitter's, and Python's own.
static bool makes_ranges(std::string_view name) {
  return name == "__range_type" || name == "__count" || name == "__range" || name == "range";
}

static Loads loads_of(PyCodeObject* code, bool numbers) {
  Loads loads;
  for (Py_ssize_t i = 0; numbers && i < PyTuple_GET_SIZE(code->co_consts); ++i)
    loads.numbers.push_back(can_count(PyTuple_GET_ITEM(code->co_consts, i)));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); ++i)
    loads.ranges.push_back(makes_ranges(text_view(PyTuple_GET_ITEM(code->co_names, i))));
  return loads;
}

// Makes a number at the entry count as constant `to`. The constant that it was, if there is one.
static std::optional<std::size_t> count_entry_with_number(CodeBytes& code, Entry entry,
                                                          const std::vector<bool>& numbers, Py_ssize_t to) {
  std::vector<Instruction> parsed;
  std::vector<std::size_t> index_of;
  if (entry.generator || to > 255 || numbers.empty()) return std::nullopt;
  if (!parse(code, std::vector<int>(code.code.size() / 2, -1), parsed, index_of)) return std::nullopt;
  for (const ExceptionRow& row : exception_rows(code.exceptions))
    if (row.target < index_of.size() && index_of[row.target] < parsed.size())
      parsed[index_of[row.target]].handler = true;
  const std::size_t begin = index_of[entry.unit];
  if (begin >= parsed.size() || parsed[begin].jumped_to || parsed[begin].handler) return std::nullopt;
  const auto site = number_site(parsed, begin, numbers);
  if (!site || parsed[*site].extended != 0) return std::nullopt;
  code.code[2 * parsed[*site].begin + 1] = static_cast<char>(to);
  return parsed[*site].argument;
}

PyObject* with_probe(PyObject* object, Counting backend, PyObject* nested, Py_ssize_t* probe_index,
                     CodeCounters* lines, bool numbers) {
  *probe_index = -1;
  PyCodeObject* code = as_code(object);
  Ref code_bytes(PyCode_GetCode(code));
  if (!code_bytes) return nullptr;
  CodeBytes from{std::string(bytes_view(code_bytes.p)), std::string(bytes_view(code->co_exceptiontable)),
                 std::string(bytes_view(code->co_linetable)), code->co_stacksize};
  PyObject* old = nested != nullptr ? nested : code->co_consts;
  Entry entry;
  const bool probed = backend != Counting::none && find_entry(from.code, &entry);
  LineCounters by_line;
  bool entered = probed;  // counts at the entry
  const Loads loads = loads_of(code, numbers && backend == Counting::entry_constant);
  std::optional<std::size_t> entry_number;
  if (probed) entry_number = count_entry_with_number(from, entry, loads.numbers, PyTuple_GET_SIZE(old));
  if (lines != nullptr && probed) {
    std::vector<int> line_of_unit;
    if (!lines_of_units(object, &line_of_unit)) return nullptr;
    lines->first = PyTuple_GET_SIZE(old) + 1;
    if (splice_counters(from, line_of_unit, loads, static_cast<std::uint32_t>(lines->first), backend,
                        lines->calls_follow && !entry_number, &by_line)) {
      from = by_line.code;
      find_entry(from.code, &entry);
      const auto at_entry = [](const Term& term) { return term.counter == LinePlan::kEntry; };
      entered = entry.generator || std::any_of(by_line.calls.begin(), by_line.calls.end(), at_entry);
      lines->entry = entered ? lines->first - 1 : -1;
      lines->meters = std::move(by_line.meters);
      lines->lines = std::move(by_line.lines);
      if (!entered) lines->calls = std::move(by_line.calls);
    }
  }
  const auto line_counters = lines == nullptr ? 0 : static_cast<Py_ssize_t>(lines->meters.size());

  // A tuple of its own: equal tuples are shared within one compilation, and so would be the counter.
  const Py_ssize_t size = PyTuple_GET_SIZE(old);
  Ref consts(PyTuple_New(probed ? size + 1 + line_counters : size));
  if (!consts) return nullptr;
  for (Py_ssize_t i = 0; i < size; ++i) PyTuple_SET_ITEM(consts.p, i, Py_NewRef(PyTuple_GET_ITEM(old, i)));

  CodeBytes to = from;
  const auto meter = [&](Py_ssize_t i) {
    return i > size && lines->meters[static_cast<std::size_t>(i - size - 1)];
  };
  if (probed) {
    for (Py_ssize_t i = size; i <= size + line_counters; ++i) {
      const auto number = i == size ? entry_number : by_line.numbers[static_cast<std::size_t>(i - size - 1)];
      PyObject* counter = number     ? new_counting_number(PyTuple_GET_ITEM(old, *number))
                          : meter(i) ? new_meter()
                                     : new_probe();
      if (counter == nullptr) return nullptr;
      PyTuple_SET_ITEM(consts.p, i, counter);
    }
    if (entered && !entry_number) to = splice(from, entry, static_cast<std::uint32_t>(size), backend);
  }
  Ref replace(PyObject_GetAttrString(object, "replace"));
  Ref none(PyTuple_New(0));
  Ref changes(Py_BuildValue("{s:N,s:N,s:N,s:O,s:i}", "co_code", to_bytes(to.code), "co_exceptiontable",
                            to_bytes(to.exceptions), "co_linetable", to_bytes(to.locations), "co_consts",
                            consts.p, "co_stacksize", to.stack_size));
  if (!replace || !none || !changes) return nullptr;
  Ref made(PyObject_Call(replace.p, none.p, changes.p));
  if (!made) return nullptr;
  if (probed) {
    changes = Ref();
    consts = Ref();  // the code object's tuple is the only holder left
    if (entered) *probe_index = size;
    PyObject* own = as_code(made.p)->co_consts;
    for (Py_ssize_t i = size; i <= size + line_counters; ++i)
      if (!meter(i)) arm_probe(backend, own, i);
  }
  return made.release();
}

PyObject* instrument_module(Registry& registry, PyObject* code, std::string_view ml_file) {
  return instrument({registry, ml_file}, code, {}, kNone, true);
}

bool follow_module(Registry& registry, PyObject* code, std::string_view ml_file) {
  return static_cast<bool>(Ref(instrument({registry, ml_file, true}, code, {}, kNone, true)));
}

bool count_function(Registry& registry, PyObject* function, std::string_view name, Category category) {
  PyObject* code = PyFunction_GET_CODE(function);
  if (registry.index().find(code) != nullptr) return true;
  Py_ssize_t probe_index = -1;
  const Ref made(with_probe(code, registry.counting(), nullptr, &probe_index));
  if (!made) return false;
  const bool guard = category == Category::runtime_overhead;
  std::string_view file = text_view(as_code(code)->co_filename);
  file = file.substr(file.rfind(guard ? "/mlpy/" : "/") + 1);
  const auto line = static_cast<std::uint32_t>(as_code(code)->co_firstlineno);
  const FunctionKind kind = guard ? FunctionKind::guard : FunctionKind::library;
  const std::uint32_t id = registry.add_function(file, name, line, category, kind);
  PyObject* consts = as_code(made.p)->co_consts;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); ++i) {
    PyObject* nested = PyTuple_GET_ITEM(consts, i);
    if (PyCode_Check(nested) && !register_code(registry, nested, file, category, kind, Role::ordinary, id))
      return false;
  }
  return registry.add_code(made.p, id, false, false, probe_index) &&
         PyObject_SetAttrString(function, "__code__", made.p) == 0;
}

bool register_import(Registry& registry) {
  const Ref module(PyImport_ImportModule("_frozen_importlib"));
  const Ref function(module ? PyObject_GetAttrString(module.p, "_find_and_load") : nullptr);
  if (!function || !PyFunction_Check(function.p)) return PyErr_Occurred() == nullptr;
  return registry.add_code(PyFunction_GET_CODE(function.p), Registry::kLibrary, false, false, -1,
                           Role::import);
}

bool register_package(Registry& registry, const char* prefix, Category category, FunctionKind kind,
                      Role role) {
  PyObject* modules = PyImport_GetModuleDict();
  PyObject *key = nullptr, *value = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &key, &value);) {
    if (!PyUnicode_Check(key) || !PyModule_Check(value)) continue;
    const std::string_view name = text_view(key);
    if (!name.starts_with(prefix)) continue;
    std::string path(name);  // as a file's, from the package on
    std::replace(path.begin(), path.end(), '.', '/');
    if (!register_values(registry, PyModule_GetDict(value), path + ".py", category, kind, role, 0))
      return false;
  }
  return true;
}

bool counts_exactly(Counting backend, bool numbers) {
  Registry registry;
  registry.set_counting(backend);
  registry.let_numbers_count(numbers);
  Ref code(Py_CompileString(kSelfTest, "<self-test>", Py_file_input));
  Ref made(code ? instrument_module(registry, code.p, "<self-test>") : nullptr);
  Ref globals(PyDict_New());
  bool good = false;
  if (made && globals && PyDict_SetItemString(globals.p, "__builtins__", PyEval_GetBuiltins()) == 0) {
    const Ref result(PyEval_EvalCode(made.p, globals.p, globals.p));
    const std::vector<std::uint64_t> calls = registry.calls();
    good = static_cast<bool>(result);
    for (std::size_t id = 2; id < calls.size(); ++id)
      for (const Expected& e : kExpected)
        if (registry.name(static_cast<std::uint32_t>(id)) == e.name) good = good && calls[id] == e.calls;
    good = good && calls.size() == 2 + std::size(kExpected);
  }
  PyErr_Clear();
  return good;
}

Counting choose_counting() {
#if PY_VERSION_HEX >= 0x030c0000 && !defined(Py_DEBUG) && !defined(Py_GIL_DISABLED)
  constexpr Counting kOrder[] = {Counting::entry_constant, Counting::deallocator, Counting::slot};
#else
  constexpr Counting kOrder[] = {Counting::deallocator, Counting::slot};
#endif
  for (const Counting backend : kOrder)
    if (counts_exactly(backend)) return backend;
  return Counting::none;
}

}  // namespace ml::native::profiler
