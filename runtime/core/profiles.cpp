#include "runtime/core/profiles.h"

#include <chrono>
#include <deque>
#include <string_view>

#include "cli/profile_run.h"
#include "profiler/export/export.h"
#include "profiler/report/report.h"
#include "profiler/store/store.h"
#include "runtime/core/common.h"

namespace ml::core_module {
namespace {

using native::Ref;

bool read_sources(PyObject* given, std::map<std::filesystem::path, std::string>& into) {
  PyObject *name, *text;
  Py_ssize_t at = 0;
  while (PyDict_Next(given, &at, &name, &text)) {
    const char* file = PyUnicode_AsUTF8(name);
    Py_ssize_t size = 0;
    const char* bytes = file ? PyUnicode_AsUTF8AndSize(text, &size) : nullptr;
    if (!bytes) return false;
    into[file].assign(bytes, static_cast<std::size_t>(size));
  }
  return true;
}

// `names` owns what the steps refer to.
bool read_steps(PyObject* given, std::deque<std::string>& names, std::vector<cli::PhaseStep>& into) {
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(given); ++i) {
    const char *category, *name;
    double seconds;
    if (!PyArg_ParseTuple(PyList_GET_ITEM(given, i), "ssd", &category, &name, &seconds)) return false;
    const auto time = std::chrono::nanoseconds(static_cast<long long>(seconds * 1e9));
    into.push_back({names.emplace_back(category), names.emplace_back(name), time});
  }
  return true;
}

std::optional<profiler::Profile> read_profile(const char* bytes, Py_ssize_t size) {
  auto read = profiler::read_mlprof({bytes, static_cast<std::size_t>(size)});
  if (!read.profile) PyErr_Format(PyExc_ValueError, "no profile: %s", read.error.c_str());
  return std::move(read.profile);
}

}  // namespace

PyObject* py_profile_of(PyObject*, PyObject* args) {
  const char *capture, *file;
  Py_ssize_t size;
  PyObject *sources, *steps;
  if (!PyArg_ParseTuple(args, "y#sO!O!", &capture, &size, &file, &PyDict_Type, &sources, &PyList_Type,
                        &steps))
    return nullptr;
  try {
    cli::RunFacts facts;
    std::deque<std::string> names;
    facts.main_file = file;
    facts.kind = "api";
    facts.exit_code = 0;
    if (!read_sources(sources, facts.sources) || !read_steps(steps, names, facts.steps)) return nullptr;
    std::string text;
    {
      const std::string bytes(capture, static_cast<std::size_t>(size));
      const WithoutGil released;
      std::optional<profiler::Profile> profile;
      if (size > 0) profile = cli::profile_of(bytes, facts);
      if (!profile) profile = cli::profile_without_program(facts, true);
      text = profiler::write_mlprof(*profile);
    }
    return text_of(text);
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_profile_report(PyObject*, PyObject* args) {
  const char *bytes, *kind;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "s#s", &bytes, &size, &kind)) return nullptr;
  try {
    const auto wanted = profiler::report::kind_of(kind);
    if (!wanted) return PyErr_Format(PyExc_ValueError, "no report is called '%s'", kind);
    const auto profile = read_profile(bytes, size);
    return profile ? text_of(profiler::report::render(*profile, *wanted)) : nullptr;
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_profile_save(PyObject*, PyObject* args) {
  const char *bytes, *file;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "s#s", &bytes, &size, &file)) return nullptr;
  try {
    const auto profile = read_profile(bytes, size);
    if (!profile) return nullptr;
    const auto saved = cli::save_profile(*profile, file, "");
    return saved ? text_of(saved->string()) : native::none();
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_profile_export(PyObject*, PyObject* args) {
  const char *bytes, *name, *weight;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "s#ss", &bytes, &size, &name, &weight)) return nullptr;
  try {
    const auto format = profiler::exports::format_of(name);
    if (!format) return PyErr_Format(PyExc_ValueError, "no export format is called '%s'", name);
    const auto profile = read_profile(bytes, size);
    if (!profile) return nullptr;
    profiler::exports::Options options;
    if (std::string_view(weight) == "bytes") options.weight = profiler::exports::Weight::bytes;
    const std::string made = profiler::exports::write(*format, *profile, options);
    return PyBytes_FromStringAndSize(made.data(), static_cast<Py_ssize_t>(made.size()));
  } catch (const std::exception& e) {
    return defect(e);
  }
}

}  // namespace ml::core_module
