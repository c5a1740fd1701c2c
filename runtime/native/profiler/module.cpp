#include "runtime/native/profiler/profiler.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/native/profiler/instrument.h"
#include "runtime/native/profiler/iterator_meter.h"
#include "runtime/native/profiler/session.h"

namespace ml::native::profiler {
namespace {

constexpr const char* kBackends[] = {"none", "entry_constant", "deallocator", "slot"};
constexpr std::pair<const char*, MemoryLevel> kMemoryLevels[] = {{"off", MemoryLevel::off},
                                                                 {"large", MemoryLevel::large},
                                                                 {"full", MemoryLevel::full},
                                                                 {"exact", MemoryLevel::exact}};

// State of the Python module, reached from its functions through `self`.
struct State {
  ~State() {
    if (session != nullptr && session->forked()) static_cast<void>(session.release());
  }
  std::unique_ptr<Session> session;
  std::optional<Counting> counting;
  pthread_t left_out = {};
};

constexpr const char* kCapsule = "mlpy._native.profiler";

State* state_of(PyObject* capsule) { return static_cast<State*>(PyCapsule_GetPointer(capsule, kCapsule)); }

Session& session_of(State& state) {
  if (state.session == nullptr) {
    if (!state.counting) state.counting = choose_counting();
    state.session = std::make_unique<Session>();
    state.session->registry().set_counting(*state.counting);
    state.session->sampler().leave_out(state.left_out);
  }
  return *state.session;
}

std::optional<Category> category_from(const char* id) {
  const auto category = ml::profiler::category_of(id);
  if (!category) PyErr_Format(PyExc_ValueError, "no time category is called %s", id);
  return category;
}

PyObject* profile_module(PyObject* self, PyObject* args) {
  PyObject* code = nullptr;
  const char* file = nullptr;
  int is_main = 0;
  if (!PyArg_ParseTuple(args, "O!sp", &PyCode_Type, &code, &file, &is_main)) return nullptr;
  return instrument_module(session_of(*state_of(self)).registry(), code, file);
}

PyObject* profile_follow(PyObject* self, PyObject* args) {
  PyObject* code = nullptr;
  const char* file = nullptr;
  if (!PyArg_ParseTuple(args, "O!s", &PyCode_Type, &code, &file)) return nullptr;
  if (!follow_module(session_of(*state_of(self)).registry(), code, file)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* profile_count(PyObject* self, PyObject* args) {
  PyObject* function = nullptr;
  const char *name = nullptr, *category = "python_stdlib";
  if (!PyArg_ParseTuple(args, "O!s|s", &PyFunction_Type, &function, &name, &category)) return nullptr;
  const auto of = category_from(category);
  if (!of || !count_function(session_of(*state_of(self)).registry(), function, name, *of)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* profile_pause(PyObject* self, PyObject* on) {
  Session* session = state_of(self)->session.get();
  if (session != nullptr) PyObject_IsTrue(on) == 1 ? session->pause() : session->resume();
  Py_RETURN_NONE;
}

PyObject* profile_leave_out(PyObject* self, PyObject* thread) {
  const unsigned long ident = PyLong_AsUnsignedLong(thread);
  if (PyErr_Occurred() != nullptr) return nullptr;
  State& state = *state_of(self);
  state.left_out = static_cast<pthread_t>(ident);
  if (state.session != nullptr) state.session->sampler().leave_out(state.left_out);
  Py_RETURN_NONE;
}

PyObject* profile_register(PyObject* self, PyObject* args) {
  PyObject* code = nullptr;
  const char *file = nullptr, *name = nullptr, *category = "ml_code";
  unsigned line = 0;
  if (!PyArg_ParseTuple(args, "O!ssI|s", &PyCode_Type, &code, &file, &name, &line, &category)) return nullptr;
  const auto of = category_from(category);
  if (!of) return nullptr;
  Registry& registry = session_of(*state_of(self)).registry();
  const bool ml = *of == Category::ml_code;
  const std::uint32_t id =
      registry.add_function(file, name, line, *of, ml ? FunctionKind::ml : FunctionKind::guard);
  // The probe of profile_instrument, if it has one, is its last constant.
  PyObject* consts = reinterpret_cast<PyCodeObject*>(code)->co_consts;
  const Py_ssize_t last = PyTuple_GET_SIZE(consts) - 1;
  const bool probed = last >= 0 && is_probe(PyTuple_GET_ITEM(consts, last));
  if (!registry.add_code(code, id, ml, false, probed ? last : -1)) return nullptr;
  return PyLong_FromUnsignedLong(id);
}

PyObject* profile_instrument(PyObject* self, PyObject* code) {
  if (!PyCode_Check(code)) return PyErr_Format(PyExc_TypeError, "a code object is needed");
  Py_ssize_t index = -1;
  return with_probe(code, session_of(*state_of(self)).registry().counting(), nullptr, &index);
}

PyObject* profile_lines(PyObject* self, PyObject* on) {
  const int wanted = PyObject_IsTrue(on);
  if (wanted < 0) return nullptr;
  session_of(*state_of(self)).registry().count_lines(wanted == 1);
  Py_RETURN_NONE;
}

PyObject* profile_numbers(PyObject* self, PyObject* on) {
  const int wanted = PyObject_IsTrue(on);
  if (wanted < 0) return nullptr;
  Registry& registry = session_of(*state_of(self)).registry();
  const bool can = wanted == 1 && registry.counting() == Counting::entry_constant;
  registry.let_numbers_count(can && counts_exactly(Counting::entry_constant, true));
  return PyBool_FromLong(registry.numbers_count());
}

PyObject* profile_phase(PyObject* self, PyObject* args) {
  const char *category = nullptr, *step = "";
  unsigned long long ns = 0;
  if (!PyArg_ParseTuple(args, "sK|s", &category, &ns, &step)) return nullptr;
  const auto of = category_from(category);
  if (!of) return nullptr;
  session_of(*state_of(self)).phase({*of, ns, step});
  Py_RETURN_NONE;
}

std::optional<MemoryLevel> memory_level(PyObject* options, ml::profiler::Mode mode) {
  PyObject* named = PyDict_Check(options) ? PyDict_GetItemString(options, "memory") : nullptr;
  if (named == nullptr)
    return mode == ml::profiler::Mode::exact ? MemoryLevel::exact : default_memory_level();
  const char* name = PyUnicode_AsUTF8(named);
  if (name == nullptr) return std::nullopt;
  for (const auto& [known, level] : kMemoryLevels)
    if (std::string_view(name) == known) return level;
  PyErr_Format(PyExc_ValueError, "no level of memory profiling is called %s", name);
  return std::nullopt;
}

// The thread with this number (its `get_ident`); null with a Python error when there is none.
PyThreadState* thread_numbered(PyObject* number) {
  const unsigned long wanted = PyLong_AsUnsignedLong(number);
  if (PyErr_Occurred() != nullptr) return nullptr;
  for (PyThreadState* t = PyInterpreterState_ThreadHead(PyInterpreterState_Get()); t != nullptr;
       t = PyThreadState_Next(t))
    if (t->thread_id == wanted) return t;
  PyErr_Format(PyExc_ValueError, "no thread has the number %lu", wanted);
  return nullptr;
}

PyObject* profile_start(PyObject* self, PyObject* args) {
  PyObject *path = nullptr, *options = Py_None;
  if (!PyArg_ParseTuple(args, "O&|O", PyUnicode_FSConverter, &path, &options)) return nullptr;
  const std::string to = PyBytes_AS_STRING(path);
  Py_DECREF(path);
  bool time = true;
  auto mode = ml::profiler::Mode::automatic;
  if (PyDict_Check(options)) {
    if (PyObject* v = PyDict_GetItemString(options, "time")) time = PyObject_IsTrue(v) == 1;
    PyObject* named = PyDict_GetItemString(options, "mode");
    if (named != nullptr) {
      const char* name = PyUnicode_AsUTF8(named);
      if (name == nullptr) return nullptr;
      if (std::string_view(name) == "sample") {
        mode = ml::profiler::Mode::sample;
      } else if (std::string_view(name) == "exact") {
        mode = ml::profiler::Mode::exact;
      } else if (std::string_view(name) != "auto") {
        return PyErr_Format(PyExc_ValueError, "no profiling mode is called %s", name);
      }
    }
  }
  const auto memory = memory_level(options, mode);
  if (!memory) return nullptr;
  Session& session = session_of(*state_of(self));
  if (session.started()) return PyErr_Format(PyExc_RuntimeError, "a profile is being taken already");
  if (PyDict_Check(options)) {
    PyObject* interval = PyDict_GetItemString(options, "interval_ns");
    PyObject* timeline = PyDict_GetItemString(options, "timeline");
    if (timeline != nullptr && PyObject_IsTrue(timeline) == 1) session.keep_timeline();
    PyObject* calls = PyDict_GetItemString(options, "calls");
    if (calls != nullptr && PyObject_IsTrue(calls) == 0) session.leave_calls_out();
    if (interval != nullptr) session.sampler().set_interval(PyLong_AsUnsignedLongLong(interval));
    if (PyObject* thread = PyDict_GetItemString(options, "thread"))
      session.sampler().begin_with(thread_numbered(thread));
    if (PyErr_Occurred() != nullptr) return nullptr;
  }
  Registry& registry = session.registry();
  if (!register_import(registry) ||
      !register_package(registry, "mlpy.stdlib.builtin", Category::ml_code, FunctionKind::guard,
                        Role::transparent) ||
      !register_package(registry, "mlpy.runtime", Category::runtime_overhead, FunctionKind::guard))
    return nullptr;
  std::string why;
  if (!session.start(to, mode, time, *memory, &why)) return PyErr_Format(PyExc_OSError, "%s", why.c_str());
  if (why.empty()) Py_RETURN_NONE;
  return PyUnicode_FromString(why.c_str());
}

PyObject* profile_failed(PyObject* self, PyObject* args) {
  const char *error = nullptr, *file = "";
  unsigned line = 0, column = 0;
  if (!PyArg_ParseTuple(args, "s|zII", &error, &file, &line, &column)) return nullptr;
  session_of(*state_of(self)).outcome({error, file == nullptr ? "" : file, line, column});
  Py_RETURN_NONE;
}

PyObject* profile_stop(PyObject* self, PyObject*) {
  State& state = *state_of(self);
  if (state.session == nullptr || !state.session->started()) return PyDict_New();
  const bool child = state.session->forked();
  const bool written = state.session->stop();
  const capture::Sampler t = state.session->totals();
  const char* backend = kBackends[static_cast<std::size_t>(state.session->registry().counting())];
  // A forked child must not take down what the helper thread, which it does not have, was waiting on.
  if (child) {
    static_cast<void>(state.session.release());
    return PyDict_New();
  }
  state.session.reset();
  return Py_BuildValue("{s:O,s:s,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", "written", written ? Py_True : Py_False,
                       "counting", backend, "ticks", t.ticks, "off_gil", t.off_gil, "outside", t.outside,
                       "waits", t.waits, "faults", t.faults, "truncated", t.truncated, "lost", t.lost,
                       "cost_ns", t.cost_ns);
}

PyObject* profile_counts(PyObject* self, PyObject*) {
  const Registry& registry = session_of(*state_of(self)).registry();
  PyObject* result = PyDict_New();
  if (result == nullptr) return nullptr;
  const std::vector<std::uint64_t> calls = registry.calls();
  for (std::size_t id = 2; id < calls.size(); ++id) {
    PyObject* key = Py_BuildValue("(sn)", registry.name(static_cast<std::uint32_t>(id)).c_str(),
                                  static_cast<Py_ssize_t>(id));
    PyObject* value = PyLong_FromUnsignedLongLong(calls[id]);
    const bool bad = key == nullptr || value == nullptr || PyDict_SetItem(result, key, value) < 0;
    Py_XDECREF(key);
    Py_XDECREF(value);
    if (bad) {
      Py_DECREF(result);
      return nullptr;
    }
  }
  return result;
}

PyObject* profile_backend(PyObject* self, PyObject* args) {
  const char* wanted = nullptr;
  if (!PyArg_ParseTuple(args, "|z", &wanted)) return nullptr;
  State& state = *state_of(self);
  if (wanted != nullptr) {
    std::size_t i = 0;
    while (i < std::size(kBackends) && std::string_view(kBackends[i]) != wanted) ++i;
    if (i == std::size(kBackends))
      return PyErr_Format(PyExc_ValueError, "no counting backend is called %s", wanted);
    state.counting = static_cast<Counting>(i);
    if (state.session != nullptr) state.session->registry().set_counting(*state.counting);
  }
  return PyUnicode_FromString(kBackends[static_cast<std::size_t>(session_of(state).registry().counting())]);
}

PyMethodDef kMethods[] = {
    {"profile_module", profile_module, METH_VARARGS, nullptr},
    {"profile_follow", profile_follow, METH_VARARGS, nullptr},
    {"profile_count", profile_count, METH_VARARGS, nullptr},
    {"profile_pause", profile_pause, METH_O, nullptr},
    {"profile_leave_out", profile_leave_out, METH_O, nullptr},
    {"profile_register", profile_register, METH_VARARGS, nullptr},
    {"profile_instrument", profile_instrument, METH_O, nullptr},
    {"profile_lines", profile_lines, METH_O, nullptr},
    {"profile_numbers", profile_numbers, METH_O, nullptr},
    {"profile_phase", profile_phase, METH_VARARGS, nullptr},
    {"profile_start", profile_start, METH_VARARGS, nullptr},
    {"profile_failed", profile_failed, METH_VARARGS, nullptr},
    {"profile_stop", profile_stop, METH_NOARGS, nullptr},
    {"profile_counts", profile_counts, METH_NOARGS, nullptr},
    {"profile_backend", profile_backend, METH_VARARGS, nullptr},
};

}  // namespace
}  // namespace ml::native::profiler

int add_profiler(PyObject* module) {
  using namespace ml::native::profiler;
  if (ready_probe_type() < 0 || ready_meter_types() < 0) return -1;
  PyObject* state = PyCapsule_New(new State, kCapsule, [](PyObject* capsule) { delete state_of(capsule); });
  if (state == nullptr) return -1;
  for (PyMethodDef& method : kMethods) {
    PyObject* function = PyCFunction_New(&method, state);
    const int added = function == nullptr ? -1 : PyModule_AddObjectRef(module, method.ml_name, function);
    Py_XDECREF(function);
    if (added < 0) {
      Py_DECREF(state);
      return -1;
    }
  }
  Py_DECREF(state);
  return 0;
}
