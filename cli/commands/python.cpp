#include "cli/commands/python.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/interpreter.h"
#include "cli/launch.h"

namespace ml::cli {
namespace {

constexpr PythonCommand kCommands[] = {
    {"integration", "Test and measure ML in Python programs: validate, benchmark"},
    {"repl", "Interactive shell"},
    {"init", "New project"},
    {"build", "Transpile every program below a folder"},
    {"compile", "Write the Python of a program, or of every program below a folder"},
    {"test", "Run test_*.ml of the project"},
    {"doctor", "What is installed here, and whether it works"},
    {"config", "Settings of the project: show, validate"},
    {"capabilities", "Known capabilities and their defaults"},
};

}  // namespace

std::span<const PythonCommand> python_commands() { return kCommands; }

bool is_python_command(std::string_view word) {
  for (const PythonCommand& command : kCommands)
    if (word == command.name) return true;
  return word == "--init" || word == "--status";
}

int exec_python_command(int argc, char** argv) {
  const auto python = choose_interpreter("");
  if (const auto* problem = std::get_if<std::string>(&python)) {
    fmt::print(stderr, "mlpy: {}\n", *problem);
    return kUsage;
  }
  const auto& interpreter = std::get<Interpreter>(python);
  // -P: the current folder cannot put code before Python's own modules.
  const std::string start = fmt::format(
      "import sys;sys.path.insert(0,{:?});from mlpy.cli.main import main;"
      "sys.exit(main(sys.argv[1:]))",
      python_package_folder().string());
  std::vector<std::string> words = {interpreter.program.string(), "-P", "-X", "utf8", "-c", start};
  words.insert(words.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  char program[4096];
  if (const ssize_t size = ::readlink("/proc/self/exe", program, sizeof program - 1); size > 0) {
    program[size] = 0;
    ::setenv("MLPY_PROGRAM", program, 1);
  }
  ::execv(interpreter.program.c_str(), pointers.data());
  fmt::print(stderr, "mlpy: cannot start {}: {}\n", interpreter.program.string(), std::strerror(errno));
  return kInternal;
}

}  // namespace ml::cli
