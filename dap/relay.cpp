#include "dap/relay.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include "dap/frames.h"
#include "dap/scratch.h"
#include "dap/statements.h"
#include "dap/token.h"
#include "dap/waiting.h"
#include "wire/json.h"
#include "wire/transport.h"

namespace ml::dap {
namespace {

namespace fs = std::filesystem;
namespace json = wire::json;

class Relay {
 public:
  Relay(int agent, std::unique_ptr<wire::Listener> listener, std::string token, bool wait)
      : agent_(wire::make_fd_transport(agent, ::dup(agent))),
        listener_(std::move(listener)),
        token_(std::move(token)),
        wait_(wait) {}

  void run() {
    answer_hello();
    std::thread back([this, place = listener_->place()] {
      while (forward()) {
      }
      // What a debugger still sends is read first: unread bytes would take the last words to it along.
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (place.front() == '/') ::unlink(place.c_str());
      _exit(0);  // the program has ended
    });
    back.detach();
    while (const std::shared_ptr<wire::Transport> client = listener_->accept()) {
      serve(client);
      {
        const std::lock_guard lock(mutex_);
        client_.reset();
      }
      send({{"command", "lost"}});
    }
    pause();
  }

 private:
  void send(const json::object& message) {
    const std::lock_guard lock(agent_mutex_);
    agent_->write(framed(message));
  }

  // The agent's first word: it gets the statements of its modules, as a debugger would send them.
  void answer_hello() {
    FrameReader reader;
    std::array<char, 1 << 16> buffer;
    for (std::size_t size; (size = agent_->read(buffer)) > 0;) {
      reader.add({buffer.data(), size});
      const auto hello = reader.next();
      if (!hello) continue;
      json::array tables;
      if (const auto* modules = hello->if_contains("modules"); modules && modules->is_array()) {
        for (const auto& module : modules->get_array()) {
          const auto* row = module.if_array();
          const auto source = row && row->size() > 2 && (*row)[2].is_string()
                                  ? read_source(std::string(wire::sv((*row)[2].get_string())))
                                  : nullptr;
          tables.emplace_back(wire::sv(hexadecimal(source ? source->statements.table : std::string())));
        }
      }
      send({{"command", "setup"}, {"tables", std::move(tables)}});
      if (!wait_) send({{"command", "go"}});
      return;
    }
  }

  // What the agent says, to whoever listens.
  bool forward() {
    std::array<char, 1 << 16> buffer;
    const std::size_t size = agent_->read(buffer);
    const std::lock_guard lock(mutex_);
    if (size > 0 && client_) client_->write({buffer.data(), size});
    return size > 0;
  }

  void serve(const std::shared_ptr<wire::Transport>& client) {
    FrameReader reader;
    std::array<char, 1 << 16> buffer;
    bool known = false;
    for (std::size_t size; (size = client->read(buffer)) > 0;) {
      reader.add({buffer.data(), size});
      if (reader.broken()) return;
      while (auto message = reader.next()) {
        if (known) {
          send(*message);
          continue;
        }
        const auto* token = message->if_contains("token");
        if (!token || !token->is_string() || (!token_.empty() && wire::sv(token->get_string()) != token_))
          return;
        known = true;
        {
          const std::lock_guard lock(mutex_);
          client_ = client;
        }
        send({{"command", "attached"}});
      }
    }
  }

  std::shared_ptr<wire::Transport> agent_;
  std::unique_ptr<wire::Listener> listener_;
  std::string token_;
  bool wait_;
  std::mutex mutex_, agent_mutex_;  // of client_; of writing to agent_
  std::shared_ptr<wire::Transport> client_;
};

}  // namespace

Listening listen_for_debuggers(const std::string& address, bool wait, std::string& problem) {
  Listening made;
  std::unique_ptr<wire::Listener> listener;
  if (address.find('/') != address.npos) {
    const mode_t before = ::umask(0177);
    listener = wire::listen_pipe(address, problem);
    ::umask(before);
  } else {
    std::string_view port = address;
    for (const std::string_view host : {"127.0.0.1:", "localhost:", ":"})
      if (port.starts_with(host)) port.remove_prefix(host.size());
    unsigned short number = 0;
    const auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (bad != std::errc() || end != port.data() + port.size()) {
      problem = "--debug-listen: '" + address + "' is no port of this machine and no path";
      return made;
    }
    listener = wire::listen_port(number, problem);
    const char* given = std::getenv("MLPY_DEBUG_TOKEN");
    made.token = given && *given ? given : random_token();
  }
  if (!listener) return made;
  // For profiles taken on demand: the sandbox lets the program write this file, and make none. Removed by the
  // relay.
  auto folder = std::make_unique<Scratch>();
  std::ofstream(folder->file("capture"));
  ::setenv("MLPY_DEBUG_CAPTURE", folder->file("capture").c_str(), 1);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
    problem = std::strerror(errno);
    return made;
  }
  made.place = listener->place();
  announce(*folder, ::getpid(),
           {address.find('/') == address.npos ? made.place : fs::absolute(made.place).string(), made.token});
  const pid_t pid = ::fork();
  if (pid == 0) {
    // It ends with the agent's connection, not with its parent: the program's last words are still to be
    // sent.
    ::close(ends[1]);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    // The program's output ends when the program does.
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
    Relay(ends[0], std::move(listener), made.token, wait).run();
    folder.reset();
    _exit(0);
  }
  ::close(ends[0]);
  // Both are the relay's: ending them here would remove their paths.
  static_cast<void>(listener.release());
  static_cast<void>(folder.release());
  if (pid < 0) {
    problem = std::strerror(errno);
    ::close(ends[1]);
    return made;
  }
  made.agent = ends[1];
  return made;
}

}  // namespace ml::dap
