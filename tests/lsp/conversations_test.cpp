#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "lsp/features/registry.h"
#include "lsp/server.h"
#include "tests/lsp/conversation.h"

namespace {

namespace fs = std::filesystem;
using ml::wire::Transport;

// Times of day in texts are local time.
const int kUtc = setenv("TZ", "UTC", 1);

std::vector<std::string> conversations() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(MLPY_SOURCE_DIR "/protocol-fixtures/lsp")) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The real program with pipes for standard input and output.
struct Program {
  explicit Program(std::vector<std::string> arguments = {}) {
    int in[2], out[2];
    REQUIRE(pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    arguments.insert(arguments.begin(), MLPY_LSP);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid = fork();
    if (pid == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execv(MLPY_LSP, argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    read_end = out[0];
    write_end = in[1];
  }
  ~Program() {
    if (!waited) kill(pid, SIGKILL), wait();
  }
  std::unique_ptr<Transport> transport() const { return ml::wire::make_fd_transport(read_end, write_end); }
  int wait() {
    int status = 0;
    waitpid(pid, &status, 0);
    waited = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  pid_t pid;
  int read_end = -1, write_end = -1;
  bool waited = false;
};

std::string framed(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
const std::string kInitialize =
    framed(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}})");
const std::string kShutdown = framed(R"({"jsonrpc":"2.0","id":2,"method":"shutdown"})");
const std::string kExit = framed(R"({"jsonrpc":"2.0","method":"exit"})");

int end_of(const std::string& input) {
  Program program;
  const auto client = program.transport();
  client->write(input);
  close(program.write_end);
  char buffer[4096];
  while (client->read(buffer) > 0) {
  }
  return program.wait();
}

}  // namespace

TEST_CASE("conversations in this process") {
  for (const std::string& file : conversations()) {
    auto [client, server] = ml::wire::make_memory_pair();
    std::thread serving([&server = server] { ml::lsp::serve(*server, {}); });
    const std::string wrong = ml::test::play(file, std::move(client));
    serving.join();
    INFO(file << "\n" << wrong);
    CHECK(wrong.empty());
  }
}

// What files have given up is made again, and nobody can tell.
TEST_CASE("conversations with a server that rests whenever it can") {
  ml::lsp::ServerOptions resting;
  resting.rest = resting.rest_unused = resting.rest_after_use = std::chrono::milliseconds(0);
  for (const std::string& file : conversations()) {
    auto [client, server] = ml::wire::make_memory_pair();
    std::thread serving([&server = server, &resting] { ml::lsp::serve(*server, resting); });
    const std::string wrong = ml::test::play(file, std::move(client));
    serving.join();
    INFO(file << "\n" << wrong);
    CHECK(wrong.empty());
  }
}

TEST_CASE("conversations with the real program") {
  for (const std::string& file : conversations()) {
    Program program;
    const std::string wrong = ml::test::play(file, program.transport());
    INFO(file << "\n" << wrong);
    CHECK(wrong.empty());
    CHECK(program.wait() == 0);
  }
}

TEST_CASE("every method of the table is in a conversation") {
  std::set<std::string> spoken;
  for (const std::string& file : conversations()) {
    for (const std::string& method : ml::test::methods_of(file)) spoken.insert(method);
  }
  const ml::lsp::Registry registry = ml::lsp::make_registry();
  for (const auto& row : registry.rows()) {
    INFO(row.method);
    CHECK(spoken.contains(row.method));
  }
}

TEST_CASE("the exit code says whether shutdown came before the end") {
  CHECK(end_of(kInitialize + kShutdown + kExit) == 0);
  CHECK(end_of(kInitialize + kExit) == 1);
  CHECK(end_of(kInitialize + kShutdown) == 0);
  CHECK(end_of(kInitialize) == 1);
  CHECK(end_of("") == 1);
  CHECK(end_of(kInitialize + "Content-Length: 100\r\n\r\n{") == 1);
}

TEST_CASE("options that are wrong end with 2") {
  CHECK(Program({"--node-ipc"}).wait() == 2);
  CHECK(Program({"--port", "x"}).wait() == 2);
  CHECK(Program({"--nonsense"}).wait() == 2);
}

TEST_CASE("the server ends when the process named in initialize does") {
  const pid_t parent = fork();
  if (parent == 0) {
    pause();
    _exit(0);
  }
  Program program;
  const auto client = program.transport();
  client->write(
      framed(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"processId":)" +
             std::to_string(parent) + "}}"));
  char buffer[65536];
  REQUIRE(client->read(buffer) > 0);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  CHECK(program.wait() == 1);
}
