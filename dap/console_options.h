#pragma once

// The command line of `mlpy debug` (cli-and-python-api.md 1.7).

#include <string>

#include "wire/json.h"

namespace ml::dap {

struct ConsoleOptions {
  std::string file;           // the program as it was named
  wire::json::object launch;  // attributes of the launch (editor-protocols.md 6.2), `args` among them
  bool help = false;
  std::string problem;  // what is wrong with the line; empty: nothing
};

// `mlpy debug [OPTIONS] FILE [--] [ARGUMENTS...]`, from behind `debug` on. Options are those of `mlpy run`
// that say how a program is compiled and what it may do. Pure.
ConsoleOptions read_console_options(int argc, const char* const* argv);

// For `--help`: one line for each option.
extern const char* const kConsoleOptions;

}  // namespace ml::dap
