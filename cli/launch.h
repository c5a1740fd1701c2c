#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/interpreter.h"
#include "runtime/sandbox/process.h"

namespace ml::cli {

struct LaunchRequest {
  Interpreter python;
  std::string bundle;                  // runtime/link/bundle.h
  std::filesystem::path code_file;     // where code objects are kept between runs; empty: nowhere
  std::string code_key;                // for the keyed hash of that file; empty without one
  std::filesystem::path capture;       // profile capture to write; empty: no profile
  std::string profile_options;         // for the profiler: "mode=exact,lines=1" (profiling.py)
  std::string policy_options;          // what the program may do (runtime/python/mlpy/runtime/policy.py)
  std::string script;                  // the program's file as the user named it
  std::vector<std::string> arguments;  // for the program
  bool full_result = false;            // the outcome's `result` has the program's value, error, uses
  sandbox::Options sandbox;
  int debugger = -1;  // connection to debuggers that the program gets; -1: none
};

// The folder of the Python package `mlpy` that belongs to this program file, beside it in the build tree or
// below its installation prefix. Empty when there is none.
std::filesystem::path python_package_folder();

// Replaces this process by the program, without a sandbox or limits. Returns (errno) only when that fails.
int exec_program(const LaunchRequest& request);

// Descriptors the program gets as its standard output and error; -1: those of this process.
struct Streams {
  int out = -1, err = -1;
  bool collect = false;  // both are kept in the outcome instead
};

// Runs the program in a sandboxed child process with this one's terminal. Says on standard error why it was
// ended, when it was and its output is not collected.
sandbox::Outcome run_program(const LaunchRequest& request, Streams streams = {});

}  // namespace ml::cli
