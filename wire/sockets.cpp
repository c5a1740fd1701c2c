#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <filesystem>

#include "wire/transport.h"

namespace ml::wire {
namespace {

template <class Protocol>
std::unique_ptr<Transport> transport_of(typename Protocol::socket socket) {
  std::error_code failed;
  const int fd = socket.release(failed);
  return failed ? nullptr : make_fd_transport(fd, fd);
}

template <class Protocol>
class SocketListener final : public Listener {
 public:
  SocketListener(const typename Protocol::endpoint& at, std::string path)
      : acceptor_(io_, at), path_(std::move(path)) {}
  ~SocketListener() override {
    std::error_code failed;
    if (!path_.empty()) std::filesystem::remove(path_, failed);
  }

  std::unique_ptr<Transport> accept() override {
    std::error_code failed;
    auto socket = acceptor_.accept(failed);
    if (failed) return nullptr;
    if constexpr (std::is_same_v<Protocol, asio::ip::tcp>)
      socket.set_option(asio::ip::tcp::no_delay(true), failed);
    return transport_of<Protocol>(std::move(socket));
  }

  std::string place() const override {
    if constexpr (std::is_same_v<Protocol, asio::ip::tcp>)
      return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    return path_;
  }

 private:
  asio::io_context io_;
  typename Protocol::acceptor acceptor_;
  std::string path_;
};

using asio::ip::tcp;
using unix_stream = asio::local::stream_protocol;

tcp::endpoint loopback(unsigned short port) { return {asio::ip::address_v4::loopback(), port}; }

template <class Protocol>
std::unique_ptr<Transport> connect(const typename Protocol::endpoint& at) {
  asio::io_context io;
  typename Protocol::socket socket(io);
  std::error_code failed;
  socket.connect(at, failed);
  return failed ? nullptr : transport_of<Protocol>(std::move(socket));
}

}  // namespace

std::unique_ptr<Listener> listen_port(unsigned short port, std::string& problem) try {
  return std::make_unique<SocketListener<tcp>>(loopback(port), "");
} catch (const std::exception& failed) {
  problem = failed.what();
  return nullptr;
}

std::unique_ptr<Listener> listen_pipe(const std::string& path, std::string& problem) try {
  if (std::error_code ignored; std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path);
  return std::make_unique<SocketListener<unix_stream>>(unix_stream::endpoint(path), path);
} catch (const std::exception& failed) {
  problem = failed.what();
  return nullptr;
}

std::unique_ptr<Transport> connect_pipe(const std::string& path) try {
  return connect<unix_stream>(unix_stream::endpoint(path));
} catch (const std::exception&) {
  return nullptr;  // a name that is too long for a socket
}

std::unique_ptr<Transport> connect_port(unsigned short port) { return connect<tcp>(loopback(port)); }

}  // namespace ml::wire
