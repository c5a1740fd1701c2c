#pragma once

// A run of `mlpy run` that a command has started.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace ml::lsp {

class RunningProgram {
 public:
  // Throws std::system_error when it cannot be started. The program is killed when the calling thread ends.
  explicit RunningProgram(const std::vector<std::string>& command);
  ~RunningProgram();  // ends the program and all it has started
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // Asks the program to end, as Ctrl+C does; the second time it is ended.
  void stop();

  // What it has printed since the last time, without waiting; whole lines, until it has ended.
  std::string read();
  bool ended() const { return ended_; }
  int exit_code() const { return exit_code_; }  // once ended; 128 + signal when killed

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string partial_;
  bool ended_ = false, asked_ = false;
  int exit_code_ = 0;
};

// A program of the user by its path, or by its name in PATH: whether it is there.
bool is_program_there(const std::string& name);

// The `mlpy` of this installation: this program, or the one beside it.
std::string mlpy_program();

}  // namespace ml::lsp
