#pragma once

// A program as the commands see it: the main file and every module it imports, compiled.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/imports.h"
#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/text/line_index.h"
#include "runtime/link/bundle.h"

namespace ml::cli {

// What security findings stop (language.md 6.1).
enum class Enforce : std::uint8_t {
  Strict,   // critical and high ones
  Lenient,  // critical ones; high ones are warnings
  Nothing,  // for tests of the layers below
};

struct CompileOptions {
  std::vector<std::filesystem::path> import_paths;
  bool own_folder = true;               // modules may lie beside the main file
  std::vector<std::string> host_names;  // top-level names a host would provide
  std::vector<std::string> extensions;  // names of modules written in Python
  std::string extension_signature;      // changes with them
  bool emit = true;                     // false: findings only
  bool open_world = false;              // somebody else calls functions of the main program, too
  bool interactive = false;             // unknown names of the main program may appear later
  Enforce enforce = Enforce::Strict;
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

// What one step of compiling took, for one file (profiler-reports.md 1.1 and 3.3).
struct PhaseStep {
  std::string_view category, name;  // "parsing", "parse_file"
  std::chrono::nanoseconds time;
};

// Appends the time of its life as a step. Imports are compiled between steps, so no two timers overlap.
class PhaseTimer {
 public:
  using Clock = std::chrono::steady_clock;
  PhaseTimer(std::vector<PhaseStep>& steps, std::string_view category, std::string_view name)
      : steps_(steps), category_(category), name_(name), start_(Clock::now()) {}
  ~PhaseTimer() { steps_.push_back({category_, name_, Clock::now() - start_}); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  std::vector<PhaseStep>& steps_;
  std::string_view category_, name_;
  Clock::time_point start_;
};

struct Program {
  std::vector<std::unique_ptr<CompiledModule>> modules;  // [0] is the main program
  std::vector<Dependency> dependencies;                  // the main file excluded
  std::vector<PhaseStep> steps;
  std::unique_ptr<Interner> names = std::make_unique<Interner>();  // of all modules
  bool has_errors = false;
  bool blocked = false;  // by a security finding
};

// Compiles the program whose main file has the given content. Never fails: what is wrong is in the
// diagnostics of the modules. `main_text` is the content of `main_file` (absolute).
Program compile_program(const std::filesystem::path& main_file, std::string main_text,
                        const CompileOptions& options);

// The first error, for programs that have one.
struct FirstError {
  std::filesystem::path file;  // absolute
  std::string message;
  LineColumn place;
};
FirstError first_error(const Program& program);

// Findings of all modules as `check` and `run` print them, `lowest` and worse, with source excerpts; of each
// severity in a module the first kMostFindings.
inline constexpr std::size_t kMostFindings = 200;
std::string render_findings(const Program& program, Severity lowest);

// What the `capability` declarations of a module ask for, in source order (security.md 2.4).
std::vector<link::BundleCapability> declared_capabilities(const CompiledModule& module);

}  // namespace ml::cli
