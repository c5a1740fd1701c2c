#pragma once

#include <filesystem>
#include <string>
#include <variant>

namespace ml::cli {

struct Interpreter {
  std::filesystem::path program;
  std::string identity;  // changes when the program file does: part of cache keys
};

// The Python that runs programs: `asked` (--python) > MLPY_PYTHON > the active virtual environment > the one
// mlpy was built for. A bare name is looked up in PATH. The string says why there is none.
std::variant<Interpreter, std::string> choose_interpreter(const std::string& asked);

}  // namespace ml::cli
