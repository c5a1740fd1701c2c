#pragma once

// The program being debugged: its process, its output and the connection to the agent in it
// (runtime/python/mlpy/runtime/debugging/channel.py says what goes over it).

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wire/json.h"
#include "wire/transport.h"

namespace ml::dap {

enum class Start {
  process,   // this process starts the program and reads its output
  terminal,  // the client starts it; it comes to the agent's socket
  attach,    // it runs; its agent listens
};

struct LaunchPlan {
  Start how = Start::process;
  int port = 0;                      // where the agent listens on 127.0.0.1
  std::string socket, attach_token;  // ... or its Unix socket; what it wants to hear
  std::vector<std::string> command;
  std::string folder;                                            // working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> environment;  // set on top of ours
  std::vector<std::string> unset;
  std::string scratch;  // folder for the agent's socket and captures
  bool debug = true;    // with an agent
  bool typed = false;   // its input is what `type` is given, else there is none
};

class Debuggee {
 public:
  // All are called by threads of this class, never after the destructor began.
  struct Events {
    // Whole UTF-8 characters, 16 KiB at most; nothing at the end of the stream.
    std::function<void(bool is_error, std::string text)> output;
    // Whether the client reads more slowly than the program writes: then more comes at once.
    std::function<bool()> busy;
    std::function<void(wire::json::object)> message;  // of the agent
    std::function<void(int status)> ended;  // of waitpid (of others than processes: as the agent said; -1: it
                                            // went without a word); after the last output
  };

  // Starts the process, waits for it in the background, or connects. Null and `problem` when that fails.
  static std::unique_ptr<Debuggee> launch(const LaunchPlan& plan, Events events, std::string& problem);
  ~Debuggee();  // ends the process, at the latest after two seconds

  // For a terminal: the variables of the program's environment that lead it here.
  std::vector<std::pair<std::string, std::string>> agent_variables() const;
  bool has_agent() const { return known_; }
  void send(const wire::json::object& message);  // to the agent; lost when there is none
  void kill(int signal);  // the command and the program; the command cleans up after SIGTERM
  pid_t pid() const { return pid_; }
  // Gives the program a line of input. False: it does not read, or has no such input.
  bool type(const std::string& text);
  // Waits a little until what the program has written so far is reported.
  void drain();

 private:
  explicit Debuggee(Events events) : events_(std::move(events)) {}
  void read_output(int fd, bool is_error);
  void gather(int fd, std::string& text);
  void serve_agent();
  void talk(const std::shared_ptr<wire::Transport>& agent);

  Events events_;
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1, error_ = -1;
  std::atomic<int> reporting_{0};
  std::atomic<bool> ended_{false}, known_{false};
  int exit_code_ = -1;  // as the agent said
  std::string place_, token_, scratch_;
  std::unique_ptr<wire::Listener> listener_;
  std::mutex mutex_;  // of agent_
  std::shared_ptr<wire::Transport> agent_;
  std::thread agent_thread_, wait_thread_;
};

}  // namespace ml::dap
