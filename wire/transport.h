#pragma once

// Two-way byte streams to one client.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ml::wire {

// One thread reads, one writes at a time; `close` may come from any thread, at any time, more than once.
class Transport {
 public:
  virtual ~Transport() = default;
  // Waits for bytes. 0: the other side has gone, or `close` was called.
  virtual std::size_t read(std::span<char> to) = 0;
  // Waits until everything is written. False: nobody reads any more, or `close` was called.
  virtual bool write(std::string_view bytes) = 0;
  // Writes what can be written without waiting, and says how much that was. 0 also where it fails: `write`
  // will find out.
  virtual std::size_t write_some(std::string_view bytes) = 0;
  // Ends `read` and `write` that wait and makes the other side see the end of the stream.
  virtual void close() = 0;
};

// Reads one descriptor and writes another (or the same); owns both.
std::unique_ptr<Transport> make_fd_transport(int in, int out);

// Standard input and output of this process. From now on descriptor 1 is standard error, so that nothing
// printed by accident reaches the client. Call once, before the first output.
std::unique_ptr<Transport> take_stdio();

// Two ends of a stream inside the process; each sees what the other writes. Bytes wait without bound.
std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_pair();

// Accepts clients. Listening on 127.0.0.1 only, or on a Unix socket at a path (a socket that is left there
// from before is replaced; anything else is an error).
class Listener {
 public:
  virtual ~Listener() = default;
  virtual std::unique_ptr<Transport> accept() = 0;  // null: it cannot go on
  virtual std::string place() const = 0;            // "127.0.0.1:4711" or the path
};
// Port 0 lets the system choose. Null and `problem` when the place cannot be had.
std::unique_ptr<Listener> listen_port(unsigned short port, std::string& problem);
std::unique_ptr<Listener> listen_pipe(const std::string& path, std::string& problem);
// For clients that listen themselves (`--pipe NAME` of vscode-languageclient, `--socket=N`). Null: nobody
// listens there.
std::unique_ptr<Transport> connect_pipe(const std::string& path);
std::unique_ptr<Transport> connect_port(unsigned short port);

}  // namespace ml::wire
