#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "lsp/documents/index_cache.h"
#include "lsp/server.h"

namespace ml::lsp {
namespace {

constexpr const char* kHelp =
    "mlpy lsp: the language server; talks LSP over standard input and output\n"
    "  --stdio              the default\n"
    "  --port N             listen on 127.0.0.1:N for one client (0: any port, told on standard error)\n"
    "  --tcp                the same, at port 2087 unless --port says another\n"
    "  --host 127.0.0.1     accepted: no other machine is served\n"
    "  --keep               with --port and --pipe: serve further clients\n"
    "  --pipe NAME          talk over a Unix socket: connect when somebody listens there, else listen\n"
    "  --socket N           connect to 127.0.0.1:N\n"
    "  --max-message BYTES  largest message (default 512 MiB)\n"
    "  --clientProcessId N  ignored: the client says it in initialize\n";

constexpr unsigned short kTcpPort = 2087;

struct Arguments {
  std::optional<unsigned short> port, socket;
  std::string pipe;
  bool keep = false, help = false;
  ServerOptions server;
};

template <class T>
bool read_number(std::string_view text, T& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Empty: all right.
std::string parse(int argc, const char* const* argv, Arguments& out) {
  for (int i = 0; i < argc; ++i) {
    std::string_view name = argv[i], value;
    const std::size_t equals = name.find('=');
    const bool has_value = equals != name.npos;
    if (has_value) value = name.substr(equals + 1), name = name.substr(0, equals);
    const auto take = [&] {
      if (has_value) return true;
      if (i + 1 >= argc) return false;
      value = argv[++i];
      return true;
    };
    const auto wrong = [&] { return fmt::format("{} needs a value", name); };
    if (name == "--stdio") continue;
    if (name == "--tcp") {
      out.port = out.port.value_or(kTcpPort);
      continue;
    }
    if (name == "--host") {
      if (!take()) return wrong();
      if (value != "127.0.0.1" && value != "localhost")
        return "--host must be 127.0.0.1: no other machine is served";
      continue;
    }
    if (name == "--keep") {
      out.keep = true;
    } else if (name == "--help" || name == "-h") {
      out.help = true;
    } else if (name == "--port" || name == "--socket") {
      unsigned short port = 0;
      if (!take() || !read_number(value, port)) return fmt::format("{} needs a port number", name);
      (name == "--port" ? out.port : out.socket) = port;
    } else if (name == "--pipe") {
      if (!take() || value.empty()) return wrong();
      out.pipe = value;
    } else if (name == "--max-message") {
      if (!take() || !read_number(value, out.server.max_message)) return wrong();
    } else if (name == "--clientProcessId") {
      if (!take()) return wrong();
    } else {
      return std::string(name) +
             (name == "--node-ipc" ? " is for servers written in JavaScript" : " is no option");
    }
  }
  return {};
}

int serve_listener(std::unique_ptr<wire::Listener> listener, const std::string& problem,
                   const Arguments& arguments) {
  if (!listener) {
    fmt::print(stderr, "mlpy lsp: {}\n", problem);
    return 2;
  }
  fmt::print(stderr, "listening on {}\n", listener->place());
  ServerOptions options = arguments.server;
  options.own_process = !arguments.keep;
  int status = 1;
  do {
    const auto client = listener->accept();
    if (!client) return 1;
    if (!arguments.keep) listener.reset();  // the process may end without destructors
    status = serve(*client, options);
  } while (arguments.keep);
  return status;
}

int run(const Arguments& arguments) {
  std::string problem;
  if (arguments.port) {
    auto listener = wire::listen_port(*arguments.port, problem);
    return serve_listener(std::move(listener), problem, arguments);
  }
  if (arguments.socket) {
    const auto client = wire::connect_port(*arguments.socket);
    if (client) return serve(*client, arguments.server);
    fmt::print(stderr, "mlpy lsp: nobody listens on port {}\n", *arguments.socket);
    return 2;
  }
  if (!arguments.pipe.empty()) {
    if (const auto client = wire::connect_pipe(arguments.pipe)) return serve(*client, arguments.server);
    auto listener = wire::listen_pipe(arguments.pipe, problem);
    return serve_listener(std::move(listener), problem, arguments);
  }
  return serve(*wire::take_stdio(), arguments.server);
}

}  // namespace

int lsp_main(int argc, const char* const* argv) try {
  Arguments arguments;
  arguments.server.own_process = true;
  arguments.server.index_cache = index_cache_folder().string();
  if (const std::string problem = parse(argc, argv, arguments); !problem.empty()) {
    fmt::print(stderr, "mlpy lsp: {}\n", problem);
    return 2;
  }
  if (arguments.help) {
    fmt::print("{}", kHelp);
    return 0;
  }
  return run(arguments);
} catch (const std::exception& defect) {
  fmt::print(stderr, "mlpy lsp: internal error: {}\n", defect.what());
  return 9;
}

}  // namespace ml::lsp
