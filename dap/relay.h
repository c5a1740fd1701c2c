#pragma once

// `mlpy run --debug-listen ADDRESS`: lets debuggers come to a running program and go again. A process of its
// own between them and the program's agent, so that the program needs no right to accept connections.

#include <string>

namespace ml::dap {

struct Listening {
  int agent = -1;     // descriptor for the program: the agent's end of a connection
  std::string place;  // "127.0.0.1:4711" or a path
  std::string token;  // what a debugger has to say first; empty for a path, which only this user can reach
};

// Starts the relay. `address` is PORT, 127.0.0.1:PORT or a path; with `wait` the program begins when a
// debugger lets it. The token is that of the environment (MLPY_DEBUG_TOKEN) or a new one. `problem` says why
// it failed. Call from a process with one thread; the relay ends with the program or with the caller.
Listening listen_for_debuggers(const std::string& address, bool wait, std::string& problem);

}  // namespace ml::dap
