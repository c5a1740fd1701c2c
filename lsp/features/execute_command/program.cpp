#include "lsp/features/execute_command/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
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

namespace {

// In a forked child, so calls of the system only. Returns when the program cannot be started.
void become(char* const* arguments, char* const* environment, int output, pid_t parent) {
  setpgid(0, 0);
  // A server that is killed cannot end what it has started.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return;
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return;
  execve(arguments[0], arguments, environment);
}

struct Pipe {
  int out = -1, in = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    out = ends[0];
    in = ends[1];
  }
  ~Pipe() {
    for (const int end : {out, in}) {
      if (end >= 0) close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_in() { close(std::exchange(in, -1)); }
};

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& command) {
  Pipe output, failure;
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // Who watches sees what is printed when it is printed.
  static char unbuffered[] = "PYTHONUNBUFFERED=1";
  std::vector<char*> environment{unbuffered};
  for (char** word = environ; *word != nullptr; ++word) environment.push_back(*word);
  environment.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    become(arguments.data(), environment.data(), output.in, parent);
    const int problem = errno;
    [[maybe_unused]] const ssize_t told = write(failure.in, &problem, sizeof problem);
    _exit(127);
  }
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  failure.close_in();
  int problem = 0;
  if (::read(failure.out, &problem, sizeof problem) == sizeof problem) {
    waitpid(pid_, nullptr, 0);
    throw std::system_error(problem, std::generic_category(), command[0]);
  }
  output_ = std::exchange(output.out, -1);
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
