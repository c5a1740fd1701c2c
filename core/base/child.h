#pragma once

// Starting another program: its streams, group, signals and folder, and the reason when it cannot be started.
// The sandbox does not start programs this way (runtime/sandbox/process.cpp): its child is born by clone3 in
// namespaces and a control group, and goes on with filter and descriptors of its own before exec.

#include <sys/types.h>

#include <string>
#include <vector>

namespace ml {

// Both ends of a pipe, closed on exec; closed at the end unless taken.
class Pipe {
 public:
  Pipe();  // on failure both ends are -1, with errno
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  explicit operator bool() const { return out >= 0; }

  void close_in();
  void close_out();
  int take_in();  // the caller's from now on
  int take_out();

  int out = -1, in = -1;  // to read from, to write to
};

// What a child gets; the descriptors are this process's, whose 0, 1 and 2 are open.
struct ChildPlan {
  std::vector<std::string> words;             // the first is the path of the program, not looked for in PATH
  std::vector<std::string> environment = {};  // NAME=value, all of it
  std::string folder = {};                    // its working directory; empty: this process's
  int input = -1, output = -1, error = -1;    // become 0, 1 and 2; -1: /dev/null
  bool own_group = true;          // first process of a group, so that kill(-pid) ends what it starts
  bool ends_with_thread = false;  // killed when the thread that calls start_child ends
};

std::vector<std::string> own_environment();

// Starts it with no signal blocked, and SIGPIPE and SIGINT as programs expect them; it keeps what this
// process has open without FD_CLOEXEC. Returns when the program runs. -1 with an errno in `problem` when it
// cannot be started; no child is left then. Any thread.
pid_t start_child(const ChildPlan& plan, int& problem);

// Waits for its end: the status as of waitpid.
int wait_for_child(pid_t child);

}  // namespace ml
