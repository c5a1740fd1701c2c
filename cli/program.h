#pragma once

// A program as the commands see it: the main file and every module it imports, compiled.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/imports.h"
#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"

namespace ml::cli {

struct CompileOptions {
  std::vector<std::filesystem::path> import_paths;
  std::vector<std::string> host_names;  // top-level names a host would provide
  std::vector<std::string> extensions;  // names of modules written in Python
  std::string extension_signature;      // changes with them
  bool emit = true;                     // false: findings only
};

struct CompiledModule {
  std::string name;            // dotted; empty for the main program
  std::filesystem::path file;  // absolute
  std::string shown_file;      // as diagnostics and tracebacks show it
  std::string text;
  ast::Module ast;
  sema::Analysis analysis;
  emit::Emitted emitted;                             // empty when `emit` is off or there are errors
  std::vector<std::pair<std::string, int>> imports;  // dotted name -> index in Program::modules, -1 library
};

// A file whose bytes (or absence) the result depends on.
struct Dependency {
  std::filesystem::path file;
  std::string hash;  // empty: must not exist
};

struct PhaseTimes {
  std::chrono::nanoseconds parsing{}, analysis{}, transpilation{};
};

struct Program {
  std::vector<std::unique_ptr<CompiledModule>> modules;  // [0] is the main program
  std::vector<Dependency> dependencies;                  // the main file excluded
  PhaseTimes times;
  bool has_errors = false;
};

// Compiles the program whose main file has the given content. Never fails: what is wrong is in the
// diagnostics of the modules. `main_text` is the content of `main_file` (absolute).
Program compile_program(const std::filesystem::path& main_file, std::string main_text,
                        const CompileOptions& options);

// Findings of all modules as `check` and `run` print them, `lowest` and worse, with source excerpts.
std::string render_findings(const Program& program, Severity lowest);

}  // namespace ml::cli
