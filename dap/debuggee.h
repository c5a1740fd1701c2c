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

struct LaunchPlan {
  std::vector<std::string> command;
  std::string folder;                                            // working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> environment;  // set on top of ours
  std::vector<std::string> unset;
  bool debug = true;  // with an agent
};

class Debuggee {
 public:
  // All are called by threads of this class, never after the destructor began.
  struct Events {
    std::function<void(bool is_error, std::string text)> output;  // whole UTF-8 characters
    std::function<void(wire::json::object)> message;              // of the agent
    std::function<void(int status)> ended;                        // of waitpid; after the last output
  };

  // Starts the process. Null and `problem` when that fails.
  static std::unique_ptr<Debuggee> launch(const LaunchPlan& plan, Events events, std::string& problem);
  ~Debuggee();  // ends the process, at the latest after two seconds

  void send(const wire::json::object& message);  // to the agent; lost when there is none
  void kill(int signal);  // the command and the program; the command cleans up after SIGTERM
  pid_t pid() const { return pid_; }
  // Waits a little until what the program has written so far is reported.
  void drain();

 private:
  explicit Debuggee(Events events) : events_(std::move(events)) {}
  void read_output(int fd, bool is_error);
  void serve_agent();

  Events events_;
  pid_t pid_ = -1;
  int out_ = -1, error_ = -1;
  std::atomic<int> reporting_{0};
  std::atomic<bool> ended_{false};
  std::string folder_, place_, token_;
  std::unique_ptr<wire::Listener> listener_;
  std::mutex mutex_;  // of agent_
  std::shared_ptr<wire::Transport> agent_;
  std::thread agent_thread_, wait_thread_;
};

}  // namespace ml::dap
