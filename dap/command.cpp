#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dap/server.h"
#include "dap/session.h"

namespace ml::dap {
namespace {

constexpr const char* kHelp =
    "mlpy dap: the debug adapter; talks DAP over standard input and output\n"
    "  --stdio              the default\n"
    "  --port N             listen on 127.0.0.1:N for one client (0: any port, told on standard error)\n"
    "  --keep               with --port or --pipe: serve one client after the other, also several at once\n"
    "  --socket N           connect to 127.0.0.1:N\n"
    "  --pipe NAME          listen on a Unix socket\n"
    "  --max-message BYTES  largest message (default 64 MiB)\n"
    "  --log FILE           write the messages to a file\n";

template <class T>
bool read_number(std::string_view text, T& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc() && end == text.data() + text.size() && !text.empty();
}

int serve(wire::Transport& client, std::uint64_t max_message, const std::string& log) {
  Session session(client, max_message);
  if (std::string problem; !log.empty() && !session.log_to(log, problem))
    fmt::print(stderr, "mlpy dap: --log: {}\n", problem);
  return session.run();
}

// Each client has a process of its own, which ends with its session.
int serve_each(wire::Listener& listener, std::uint64_t max_message, const std::string& log) {
  std::signal(SIGCHLD, SIG_IGN);  // nobody waits for them
  for (;;) {
    const auto client = listener.accept();
    if (!client) return 1;
    if (::fork() != 0) continue;
    std::signal(SIGCHLD, SIG_DFL);
    _exit(serve(*client, max_message, log));
  }
}

}  // namespace

int dap_main(int argc, const char* const* argv) try {
  std::optional<unsigned short> port, socket;
  bool keep = false;
  std::string pipe, log, problem;
  std::uint64_t max_message = std::uint64_t{64} << 20;
  for (int i = 0; i < argc && problem.empty(); ++i) {
    std::string_view name = argv[i], value;
    if (const std::size_t equals = name.find('='); equals != name.npos) {
      value = name.substr(equals + 1), name = name.substr(0, equals);
    } else if ((name == "--port" || name == "--socket" || name == "--pipe" || name == "--max-message" ||
                name == "--log") &&
               i + 1 < argc) {
      value = argv[++i];
    }
    if (name == "--help" || name == "-h") {
      fmt::print("{}", kHelp);
      return 0;
    }
    if (name == "--stdio") continue;
    if (name == "--keep") {
      keep = true;
    } else if (name == "--port" || name == "--socket") {
      unsigned short number = 0;
      if (!read_number(value, number)) problem = fmt::format("{} needs a port number", name);
      (name == "--port" ? port : socket) = number;
    } else if (name == "--pipe") {
      pipe = value;
      if (pipe.empty()) problem = "--pipe needs a name";
    } else if (name == "--log") {
      log = value;
      if (log.empty()) problem = "--log needs a file";
    } else if (name == "--max-message") {
      if (!read_number(value, max_message)) problem = "--max-message needs a number";
    } else {
      problem = fmt::format("{} {}", name,
                            name == "--node-ipc" ? "is for servers written in JavaScript" : "is no option");
    }
  }
  if (!problem.empty()) {
    fmt::print(stderr, "mlpy dap: {}\n", problem);
    return 2;
  }
  if (socket) {
    const auto client = wire::connect_port(*socket);
    if (client) return serve(*client, max_message, log);
    fmt::print(stderr, "mlpy dap: nobody listens on port {}\n", *socket);
    return 2;
  }
  if (!port && pipe.empty()) return serve(*wire::take_stdio(), max_message, log);
  auto listener = port ? wire::listen_port(*port, problem) : wire::listen_pipe(pipe, problem);
  if (!listener) {
    fmt::print(stderr, "mlpy dap: {}\n", problem);
    return 2;
  }
  fmt::print(stderr, "listening on {}\n", listener->place());
  if (keep) return serve_each(*listener, max_message, log);
  const auto client = listener->accept();
  if (!client) return 1;
  listener.reset();
  return serve(*client, max_message, log);
} catch (const std::exception& defect) {
  fmt::print(stderr, "mlpy dap: internal error: {}\n", defect.what());
  return 9;
}

}  // namespace ml::dap
