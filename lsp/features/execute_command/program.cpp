#include "lsp/features/execute_command/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/child.h"

namespace ml::lsp {

RunningProgram::RunningProgram(const std::vector<std::string>& command) {
  Pipe output;
  if (!output) throw std::system_error(errno, std::generic_category(), "pipe");
  std::vector<std::string> environment = own_environment();
  // Who watches sees what is printed when it is printed.
  environment.insert(environment.begin(), "PYTHONUNBUFFERED=1");
  int problem = 0;
  // A server that is killed cannot end what it has started.
  pid_ = start_child({.words = command,
                      .environment = std::move(environment),
                      .output = output.in,
                      .error = output.in,
                      .ends_with_thread = true},
                     problem);
  if (pid_ < 0) throw std::system_error(problem, std::generic_category(), command[0]);
  output_ = output.take_out();
  fcntl(output_, F_SETFL, O_NONBLOCK);
}

RunningProgram::~RunningProgram() {
  if (output_ >= 0) close(output_);
  if (ended_ || pid_ < 0) return;
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RunningProgram::stop() {
  if (!ended_) kill(-pid_, std::exchange(asked_, true) ? SIGKILL : SIGINT);
}

std::string RunningProgram::read() {
  char bytes[16384];
  bool end = false;
  // Not more at once than a client likes to get in one message.
  while (partial_.size() < sizeof bytes * 4) {
    const ssize_t count = ::read(output_, bytes, sizeof bytes);
    if (count > 0) {
      partial_.append(bytes, static_cast<std::size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    end = count == 0 || errno != EAGAIN;
    break;
  }
  if (!ended_) {
    int status = 0;
    if (waitpid(pid_, &status, end ? 0 : WNOHANG) == pid_) {
      ended_ = true;
      exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
  std::string out;
  const auto line = partial_.rfind('\n');
  if (ended_ || partial_.size() >= sizeof bytes) {
    out.swap(partial_);
  } else if (line != std::string::npos) {
    out = partial_.substr(0, line + 1);
    partial_.erase(0, line + 1);
  }
  return out;
}

bool is_program_there(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
  const char* path = getenv("PATH");
  for (std::string_view rest = path ? path : ""; !rest.empty();) {
    const auto end = rest.find(':');
    const std::string file = std::string(rest.substr(0, end)) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return true;
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return false;
}

std::string mlpy_program() {
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (self.filename() == "mlpy") return self.string();
  const auto beside = self.parent_path() / "mlpy";
  return std::filesystem::exists(beside, problem) ? beside.string() : "";
}

}  // namespace ml::lsp
