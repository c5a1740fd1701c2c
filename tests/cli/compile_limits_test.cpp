#include "cli/commands/compile_limits.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

using namespace ml::cli;
using namespace std::chrono_literals;

namespace {

struct Ended {
  int status;
  std::string err;
};

// What a process of its own says and how it ends.
Ended in_process(const std::function<void()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    work();
    _exit(0);
  }
  close(ends[1]);
  Ended ended{};
  char part[256];
  for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;) ended.err.append(part, static_cast<size_t>(n));
  close(ends[0]);
  waitpid(child, &ended.status, 0);
  return ended;
}

void work_for(std::clock_t seconds) {
  for (const auto end = std::clock() + seconds * CLOCKS_PER_SEC; std::clock() < end;) {
  }
}

}  // namespace

TEST_CASE("compiling ends when its processor time is used up") {
  const Ended ended = in_process([] {
    const CompileGuard guard({.cpu = 200ms});
    work_for(60);
  });
  REQUIRE(WIFEXITED(ended.status));
  CHECK(WEXITSTATUS(ended.status) == 6);
  CHECK(ended.err == "mlpy: compile limit of 0.2 s reached\n");
}

TEST_CASE("compiling ends when it takes too much memory") {
  const Ended ended = in_process([] {
    const CompileGuard guard({.memory = 32u << 20});
    std::vector<std::string> kept;
    for (int i = 0; i < 100; ++i) kept.emplace_back(1u << 20, 'x');
    work_for(60);
  });
  REQUIRE(WIFEXITED(ended.status));
  CHECK(WEXITSTATUS(ended.status) == 6);
  CHECK(ended.err == "mlpy: compile limit of 32MB reached\n");
}

TEST_CASE("what looks at the limits leaves the errno of what it interrupts alone") {
  const Ended ended = in_process([] {
    const CompileGuard guard;
    const rlimit no_files{};
    setrlimit(RLIMIT_NOFILE, &no_files);  // so that looking fails, too
    errno = EDOM;
    raise(SIGPROF);
    _exit(errno == EDOM ? 0 : 1);
  });
  CHECK(ended.status == 0);
}

TEST_CASE("the limits end with the guard") {
  const Ended ended = in_process([] {
    { const CompileGuard guard({.cpu = 200ms}); }
    work_for(1);
  });
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
}
