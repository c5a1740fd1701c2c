#pragma once

// The command's side of the sandbox (security.md 5.1): starts the interpreter, sends it the filter, watches
// its limits and leaves nothing of it behind. The program's side is
// runtime/python/mlpy/runtime/confinement.py.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sandbox/folder.h"
#include "runtime/sandbox/group.h"
#include "runtime/sandbox/limits.h"

namespace ml::sandbox {

enum class Mode {
  off,     // language-level checks only
  on,      // all kernel layers; the interpreter's own library stays readable
  strict,  // also: everything loaded beforehand, namespaces, a session of its own, no standard input
};

struct Options {
  Mode mode = Mode::on;
  std::vector<std::string>
      weaker;  // layers that may be missing: rlimits, no_new_privs, seccomp, landlock, all
  std::vector<std::string> masked;  // layers to do without, for tests of what happens then
  Limits limits;
  std::vector<std::string> variables;  // patterns of environment variables the program may have
  bool standard_input = true;
  bool raw_output = false;  // control characters reach the terminal
  int audit = -1;           // file this process appends the program's events to; kept open
  bool threads = false;     // extension modules, the profiler and the debugger may start some
  bool own_numbers = true;  // in strict mode a process namespace: the program's process is number 1 there
};

struct Command {
  std::filesystem::path program;
  std::vector<std::string> words;  // argv[0] and on
  std::vector<int> descriptors;    // the program gets, beside the standard ones
  int out = -1, err = -1;          // its standard output and error; -1: those of this process
  bool collect = false;            // keep both in the outcome instead
};

struct Outcome {
  int exit_code = 0;    // cli-and-python-api.md 1.1; 128 + signal when the user's signal ended it
  bool started = true;  // else `error` says why not
  int error = 0;
  std::string kind, message;   // why this side ended it, or how it died; empty: the program ended by itself
  std::string layers, result;  // JSON texts of the program's process; empty: it sent none
  std::string out, err;        // when collected
  bool out_cut = false, err_cut = false;
  double cpu_seconds = 0, wall_seconds = 0;
  std::uint64_t peak_bytes = 0;
};

class Process {
 public:
  explicit Process(Options options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // What the launcher gets as its word about the sandbox.
  std::string launcher_options() const;

  // Runs the program to its end. Says on standard error when it was ended from outside. Interrupts go to the
  // program meanwhile. Call once, from a process with one thread.
  Outcome run(const Command& command);

 private:
  Options options_;
  PrivateFolder folder_;
  std::optional<ControlGroup> group_;
  int filter_[2] = {-1, -1}, report_[2] = {-1, -1}, audit_[2] = {-1, -1};
};

}  // namespace ml::sandbox
