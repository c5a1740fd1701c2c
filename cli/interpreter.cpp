#include "cli/interpreter.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The program as exec would find it; empty when there is none.
fs::path look_up(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    return ::access(program.c_str(), X_OK) == 0 ? fs::path(program) : fs::path();
  }
  std::istringstream folders(environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / program;
    if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) return candidate;
  }
  return {};
}

}  // namespace

std::variant<Interpreter, std::string> choose_interpreter(const std::string& asked) {
  std::string wanted = asked, reason = "--python";
  if (wanted.empty()) wanted = environment("MLPY_PYTHON"), reason = "MLPY_PYTHON";
  if (wanted.empty()) {
    const std::string active = environment("VIRTUAL_ENV");
    if (!active.empty()) wanted = active + "/bin/python", reason = "the active virtual environment";
  }
  if (wanted.empty()) wanted = MLPY_DEFAULT_PYTHON, reason = "the interpreter mlpy was built for";
  const fs::path program = look_up(wanted);
  struct stat info {};
  if (program.empty() || ::stat(program.c_str(), &info) != 0) {
    return fmt::format("Python interpreter not found: {} ({})", wanted, reason);
  }
  return Interpreter{
      program, fmt::format("{}:{}:{}:{}:{}", program.string(), info.st_dev, info.st_ino,
                           static_cast<long long>(info.st_size), static_cast<long long>(info.st_mtime))};
}

}  // namespace ml::cli
