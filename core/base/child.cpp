#include "core/base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

extern char** environ;

namespace ml {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

bool become_stream(int from, int to) {
  if (from < 0) from = open("/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  return from == to || dup2(from, to) >= 0;
}

// In the child, where other threads may have held any lock: calls of the system only. Returns on failure.
void become(const ChildPlan& plan, char* const* words, char* const* environment, pid_t parent) {
  if (plan.own_group) setpgid(0, 0);
  if (plan.ends_with_thread) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    errno = ESRCH;
    if (getppid() != parent) return;
  }
  if (!become_stream(plan.input, STDIN_FILENO) || !become_stream(plan.output, STDOUT_FILENO) ||
      !become_stream(plan.error, STDERR_FILENO))
    return;
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!plan.folder.empty() && chdir(plan.folder.c_str()) < 0) return;
  execve(words[0], words, environment);
}

}  // namespace

Pipe::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  out = ends[0];
  in = ends[1];
}

Pipe::~Pipe() {
  close_in();
  close_out();
}

void Pipe::close_in() {
  if (in >= 0) close(std::exchange(in, -1));
}

void Pipe::close_out() {
  if (out >= 0) close(std::exchange(out, -1));
}

int Pipe::take_in() { return std::exchange(in, -1); }
int Pipe::take_out() { return std::exchange(out, -1); }

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** line = environ; *line != nullptr; ++line) out.emplace_back(*line);
  return out;
}

pid_t start_child(const ChildPlan& plan, int& problem) {
  problem = 0;
  Pipe failure;
  const std::vector<char*> words = pointers(plan.words), environment = pointers(plan.environment);
  const pid_t parent = getpid(), child = failure ? fork() : -1;
  if (child < 0) {
    problem = errno;
    return -1;
  }
  if (child == 0) {
    become(plan, words.data(), environment.data(), parent);
    const int why = errno;
    [[maybe_unused]] const ssize_t told = write(failure.in, &why, sizeof why);
    _exit(127);
  }
  failure.close_in();
  ssize_t got;
  while ((got = read(failure.out, &problem, sizeof problem)) < 0 && errno == EINTR) {
  }
  if (got == 0) return child;
  if (got < 0) problem = errno;
  wait_for_child(child);
  return -1;
}

int wait_for_child(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace ml
