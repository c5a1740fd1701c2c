#pragma once

#include <span>
#include <string_view>

namespace ml::cli {

struct PythonCommand {
  std::string_view name, help;
};

// The commands that are written in Python (runtime/python/mlpy/cli/main.py).
std::span<const PythonCommand> python_commands();

// Whether the first word of the command line (`argv[1]`) is one of them.
bool is_python_command(std::string_view word);

// Replaces this process by Python with the command and its options. Returns the exit code only when that
// fails.
int exec_python_command(int argc, char** argv);

}  // namespace ml::cli
