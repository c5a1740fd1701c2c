#include "runtime/core/compile.h"

#include <algorithm>
#include <exception>
#include <unordered_set>

#include "cli/program.h"
#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "core/text/source_map.h"
#include "runtime/core/common.h"
#include "runtime/link/bundle.h"

namespace ml::core_module {
namespace {

namespace fs = std::filesystem;
using native::Ref;

bool read_texts(PyObject* options, const char* name, std::vector<std::string>& into) {
  PyObject* value = PyDict_GetItemString(options, name);
  if (!value || value == Py_None) return true;
  Ref items(PySequence_Fast(value, "a list of strings is needed"));
  if (!items) return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
    const char* text = PyUnicode_AsUTF8(PySequence_Fast_GET_ITEM(items.get(), i));
    if (!text) return false;
    into.emplace_back(text);
  }
  return true;
}

bool is_set(PyObject* options, const char* name) {
  PyObject* value = PyDict_GetItemString(options, name);
  return value && PyObject_IsTrue(value) == 1;
}

std::string make_bundle(const cli::Program& program) {
  std::vector<link::BundleModule> modules;
  std::vector<std::string> positions;
  positions.reserve(program.modules.size());
  for (const auto& m : program.modules) {
    positions.push_back(m->emitted.positions.to_bytes());
    modules.push_back({m->name, m->shown_file, m->file.string(), m->emitted.python, positions.back(),
                       m->imports, cli::declared_capabilities(*m)});
  }
  return link::write_bundle(modules);
}

bool word_begin(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80); }
bool word_part(char c) { return word_begin(c) || (c >= '0' && c <= '9'); }

// The different identifiers of a Python text that stand after no dot; the emitter writes strings on one line.
std::vector<std::string> words_of(const std::string& python) {
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < python.size();) {
    const char c = python[i];
    if (c == '"' || c == '\'') {
      for (++i; i < python.size() && python[i] != c; ++i) i += python[i] == '\\';
      ++i;
    } else if (word_begin(c)) {
      const std::size_t begin = i;
      while (i < python.size() && word_part(python[i])) ++i;
      if (begin > 0 && python[begin - 1] == '.') continue;
      const std::string_view word(python.data() + begin, i - begin);
      if (seen.insert(word).second) words.emplace_back(word);
    } else if (c >= '0' && c <= '9') {
      while (i < python.size() && (word_part(python[i]) || python[i] == '.')) ++i;
    } else {
      ++i;
    }
  }
  return words;
}

PyObject* list_of(const std::vector<std::string>& texts) {
  Ref list(PyList_New(static_cast<Py_ssize_t>(texts.size())));
  for (std::size_t i = 0; list && i < texts.size(); ++i) {
    PyObject* text =
        PyUnicode_DecodeUTF8(texts[i].data(), static_cast<Py_ssize_t>(texts[i].size()), "replace");
    if (!text) return nullptr;
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), text);
  }
  return list.release();
}

struct Finding {
  std::string_view severity;
  std::string code, message, hint, file;
  LineColumn place;
  std::uint32_t cwe = 0;  // of security findings, as is the category
  std::string_view category;
};

struct Compiled {
  bool failed = false;
  std::string bundle, python, source_map, report;
  std::vector<std::string> words, functions, names, dependencies;
  std::vector<Finding> findings;
  std::vector<cli::PhaseStep> steps;
};

Compiled compile(std::string text, const fs::path& file, const cli::CompileOptions& options,
                 bool source_map) {
  Compiled result;
  cli::Program program = cli::compile_program(file, std::move(text), options);
  result.failed = program.has_errors;
  for (const auto& m : program.modules) {
    if (m->analysis.diagnostics.empty()) continue;
    const LineIndex lines(m->text);
    for (const Diagnostic& d : m->analysis.diagnostics) {
      const SecurityInfo* security = security_info(d.code);
      const std::string hint = d.hint.empty() && security ? std::string(security->advice) : d.hint;
      result.findings.push_back({shown_severity(d), code_name(d.code), d.message, hint, m->shown_file,
                                 lines.line_column(d.span.begin), security ? security->cwe : 0,
                                 security ? security->category : std::string_view()});
    }
  }
  if (!result.findings.empty()) result.report = cli::render_findings(program, Severity::Warning);
  for (const cli::Dependency& d : program.dependencies)
    if (!d.hash.empty()) result.dependencies.push_back(d.file.string());
  if (result.failed) {
    result.steps = std::move(program.steps);
    return result;
  }
  cli::CompiledModule& main = *program.modules.front();
  for (const sema::Variable& v : main.analysis.module_variables) {
    const std::string name(program.names->text(v.name));
    result.names.push_back(name);
    if (v.function) result.functions.push_back(name);
  }
  {
    const cli::PhaseTimer timer(program.steps, "transpilation", "write_source_map");
    result.bundle = make_bundle(program);
    result.words = words_of(main.emitted.python);
    if (source_map) {
      const std::string python_name = file.stem().string() + ".py";
      result.source_map = version3_json(main.emitted.positions,
                                        {python_name, main.emitted.python, main.shown_file, main.text});
    }
  }
  result.steps = std::move(program.steps);
  result.python = std::move(main.emitted.python);
  return result;
}

PyObject* findings_of(const Compiled& c) {
  Ref list(PyList_New(0));
  for (const Finding& f : c.findings) {
    Ref row(Py_BuildValue("(s#ssssIIIs#)", f.severity.data(), static_cast<Py_ssize_t>(f.severity.size()),
                          f.code.c_str(), f.message.c_str(), f.hint.c_str(), f.file.c_str(), f.place.line,
                          f.place.column, f.cwe, f.category.empty() ? "" : f.category.data(),
                          static_cast<Py_ssize_t>(f.category.size())));
    if (!list || !row || PyList_Append(list.get(), row.get()) < 0) return nullptr;
  }
  return list.release();
}

double seconds_of(const Compiled& c, std::string_view category) {
  double seconds = 0;
  for (const cli::PhaseStep& step : c.steps)
    if (step.category == category) seconds += std::chrono::duration<double>(step.time).count();
  return seconds;
}

// (category, name, seconds) of each.
PyObject* steps_of(const Compiled& c) {
  Ref list(PyList_New(0));
  for (const cli::PhaseStep& step : c.steps) {
    Ref row(Py_BuildValue("(s#s#d)", step.category.data(), static_cast<Py_ssize_t>(step.category.size()),
                          step.name.data(), static_cast<Py_ssize_t>(step.name.size()),
                          std::chrono::duration<double>(step.time).count()));
    if (!list || !row || PyList_Append(list.get(), row.get()) < 0) return nullptr;
  }
  return list.release();
}

bool put(PyObject* dict, const char* name, PyObject* owned) {
  Ref value(owned);
  return value && PyDict_SetItemString(dict, name, value.get()) == 0;
}

PyObject* result_of(const Compiled& c, bool source_map) {
  Ref d(PyDict_New());
  const bool good =
      d &&
      put(d.get(), "bundle",
          c.failed ? native::none()
                   : PyBytes_FromStringAndSize(c.bundle.data(), static_cast<Py_ssize_t>(c.bundle.size()))) &&
      put(d.get(), "python", text_of(c.python)) && put(d.get(), "words", list_of(c.words)) &&
      put(d.get(), "source_map", c.failed || !source_map ? native::none() : text_of(c.source_map)) &&
      put(d.get(), "functions", list_of(c.functions)) && put(d.get(), "names", list_of(c.names)) &&
      put(d.get(), "findings", findings_of(c)) && put(d.get(), "report", text_of(c.report)) &&
      put(d.get(), "dependencies", list_of(c.dependencies)) &&
      put(d.get(), "phases",
          Py_BuildValue("{s:d,s:d,s:d}", "parsing", seconds_of(c, "parsing"), "security_analysis",
                        seconds_of(c, "security_analysis"), "transpilation",
                        seconds_of(c, "transpilation"))) &&
      put(d.get(), "steps", steps_of(c));
  return good ? d.release() : nullptr;
}

}  // namespace

PyObject* py_compile(PyObject*, PyObject* args) {
  const char *text, *file;
  Py_ssize_t size;
  PyObject* given;
  if (!PyArg_ParseTuple(args, "s#sO!", &text, &size, &file, &PyDict_Type, &given)) return nullptr;
  try {
    cli::CompileOptions options;
    std::vector<std::string> paths;
    if (!read_texts(given, "import_paths", paths) || !read_texts(given, "host_names", options.host_names) ||
        !read_texts(given, "extensions", options.extensions))
      return nullptr;
    options.import_paths.assign(paths.begin(), paths.end());
    options.interactive = is_set(given, "interactive");
    options.open_world = true;
    options.own_folder = !is_set(given, "closed_folder");
    options.enforce = cli::Enforce::Nothing;  // the engine decides, call by call
    const bool source_map = is_set(given, "source_map");
    std::string source(text, static_cast<std::size_t>(size));
    const std::string path(file);
    Compiled compiled;
    {
      const WithoutGil released;
      std::error_code failed;
      const fs::path main = path.empty() ? fs::current_path(failed) / "<ml>" : fs::path(path);
      compiled = compile(std::move(source), main, options, source_map);
    }
    return result_of(compiled, source_map);
  } catch (const std::exception& e) {
    return defect(e);
  }
}

}  // namespace ml::core_module
