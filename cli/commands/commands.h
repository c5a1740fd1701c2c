#pragma once

// The commands of `mlpy`. Each takes its options as data and returns the exit code of the process
// (cli-and-python-api.md 1.1). Program output and results go to stdout, everything else to stderr.

#include <optional>
#include <string>
#include <vector>

#include "cli/grants.h"
#include "cli/profile_plan.h"
#include "cli/program.h"
#include "cli/sandbox_options.h"

namespace CLI {
class App;
}

namespace ml::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kCompileError = 3,
  kBlocked = 4,
  kCapability = 5,
  kLimit = 6,
  kSandbox = 7,
  kInternal = 9,
  kInterrupted = 130,
};

struct SourceOptions {
  std::string file;
  std::vector<std::string> import_paths;  // each may hold several, separated by ':' or ';'
  std::vector<std::string> host_names;
  std::vector<std::string> extension_paths;  // folders with modules written in Python
  std::string config;                        // project file; empty: the one found
  std::optional<bool> allow_current_dir;     // modules may lie beside the program; else as the project says
  std::string stdlib_mode, python_modules;   // empty: as the project says; none
  std::optional<Enforce> enforce;            // else as the project says
};

struct RunOptions {
  SourceOptions source;
  GrantOptions grants;
  SandboxArguments sandbox;
  std::vector<std::string> arguments;
  std::string python;
  bool force_transpile = false, no_cache = false, quiet = false;
  std::string debug_listen;  // where debuggers may come to; empty: nowhere
  bool debug_wait = false;   // begin when one has come
  bool json = false;         // one document on standard output instead of the program's output
  bool internal_trace = false;
  bool summary = false;   // a table on standard error after the run
  std::string emit_code;  // silent, single-file, multi-file: leave the Python beside the program
  ProfileOptions profile;
  std::vector<std::string> command_line;  // as typed, for the saved profile
};
int run_command(const RunOptions& options);

struct TranspileOptions {
  SourceOptions source;
  std::string output;  // empty: source with .py; "-": stdout
  bool source_map = false, force = false;
  bool check = false;      // write nothing
  std::string emit_code;   // empty: the program's own module
  ProfileOptions profile;  // of which only the phases of compiling can be measured
  std::vector<std::string> command_line;
};
int transpile_command(const TranspileOptions& options);

struct CheckOptions {
  std::vector<std::string> files;
  SourceOptions source;  // `file` unused
  bool json = false, all = false, werror = false;
};
int check_command(const CheckOptions& options);

// `audit` and `security-analyze`: kFailed when a critical or high finding is shown.
struct AuditOptions {
  SourceOptions source;
  std::string format = "text", threat_level = "all";  // json, html; critical, high, medium, low
  std::string output;                                 // empty: standard output
  bool deep = false, flow_diagram = false;
  bool report = false;  // the long form
};
int audit_command(const AuditOptions& options);

struct ParseOptions {
  std::string file, format = "tree";
};
int parse_command(const ParseOptions& options);

struct FormatOptions {
  std::vector<std::string> files;  // `-`: standard input to standard output; folders: their .ml files
  bool check = false, diff = false;
  unsigned line_width = 100, indent = 4;
  bool tabs = false;
  std::string quotes = "keep";  // double, single
};
int format_command(const FormatOptions& options);

// `mlpy cache`.
void add_cache_command(CLI::App& app, int& status);
int catalogue_command();

}  // namespace ml::cli
