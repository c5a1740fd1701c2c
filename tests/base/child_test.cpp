#include "core/base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <thread>

namespace ml {
namespace {

std::string all_of(int fd) {
  std::string text;
  char block[4096];
  for (ssize_t size; (size = read(fd, block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(size));
  return text;
}

// What a script of the shell prints; it gets no other descriptors than the standard ones.
std::string said(const std::string& script, ChildPlan plan = {}) {
  Pipe output;
  plan.words = {"/bin/sh", "-c", script};
  plan.output = output.in;
  int problem = 0;
  const pid_t child = start_child(plan, problem);
  REQUIRE(child > 0);
  CHECK(problem == 0);
  output.close_in();
  std::string text = all_of(output.out);
  CHECK(wait_for_child(child) == 0);
  return text;
}

TEST_CASE("a child has the words, variables, folder and streams of its plan") {
  CHECK(said("printf '%s|%s|' \"$ONE\" \"$HOME\"; pwd; cat; echo lost >&2",
             {.environment = {"ONE=1 2"}, .folder = "/usr"}) == "1 2||/usr\n");
  Pipe input;
  REQUIRE(write(input.in, "typed", 5) == 5);
  input.close_in();
  CHECK(said("cat; echo lost >&2", {.environment = own_environment(), .input = input.out}) == "typed");
}

TEST_CASE("a child gets no descriptor that is closed on exec") {
  Pipe mine;
  const std::string number = std::to_string(mine.in);
  CHECK(said("test -e /proc/self/fd/" + number + " && echo there || echo none") == "none\n");
}

TEST_CASE("a child begins with no signal blocked, and no broken pipe or interrupt ignored") {
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  const auto old = signal(SIGPIPE, SIG_IGN), old_interrupt = signal(SIGINT, SIG_IGN);
  const std::string lines = said(
      "while read name value; do case $name in SigBlk:|SigIgn:) echo 0x$value;; esac; done "
      "< /proc/self/status");
  signal(SIGPIPE, old), signal(SIGINT, old_interrupt);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::size_t end = 0;
  CHECK(std::stoull(lines, &end, 16) == 0);
  const auto ignored = std::stoull(lines.substr(end), nullptr, 16);  // others may be, by who started the test
  CHECK((ignored & (1u << (SIGPIPE - 1))) == 0);
  CHECK((ignored & (1u << (SIGINT - 1))) == 0);
}

TEST_CASE("what cannot be started says why and leaves no child") {
  int problem = 0;
  CHECK(start_child({.words = {"/no/such/program"}}, problem) == -1);
  CHECK(problem == ENOENT);
  CHECK(start_child({.words = {"/"}}, problem) == -1);
  CHECK(problem == EACCES);
  CHECK(start_child({.words = {"/bin/true"}, .folder = "/no/such/folder"}, problem) == -1);
  CHECK(problem == ENOENT);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a child of its own group ends with all it has started, and with the thread if that is wanted") {
  int problem = 0;
  Pipe output;
  const pid_t child = start_child({.words = {"/bin/sh", "-c", "sleep 1000 & echo go; wait"},
                                   .environment = own_environment(),
                                   .output = output.in},
                                  problem);
  REQUIRE(child > 0);
  output.close_in();
  char go[3];
  REQUIRE(read(output.out, go, sizeof go) == 3);
  kill(-child, SIGKILL);
  CHECK(all_of(output.out).empty());  // nobody holds the pipe
  CHECK(WTERMSIG(wait_for_child(child)) == SIGKILL);

  pid_t other = -1;
  std::thread([&] {
    other = start_child({.words = {"/bin/sleep", "1000"}, .ends_with_thread = true}, problem);
  }).join();
  REQUIRE(other > 0);
  CHECK(WTERMSIG(wait_for_child(other)) == SIGKILL);
}

}  // namespace
}  // namespace ml
