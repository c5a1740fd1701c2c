#include "lsp/features/execute_command/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

extern char** environ;

namespace ml::lsp {

RunningProgram::RunningProgram(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  posix_spawn_file_actions_adddup2(&files, ends[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int problem = posix_spawn(&pid_, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (problem != 0) {
    close(ends[0]);
    throw std::system_error(problem, std::generic_category(), command[0]);
  }
  output_ = ends[0];
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
