#pragma once

// Programs that wait for debuggers, so that one can be named by its process alone (`attach` with
// `processId`). Each has a folder like that of a session (dap/scratch.h) with the file `listening`; Python
// programs make one, too (runtime/python/mlpy/debug.py). The file has four lines: process, place, token, and
// nothing.

#include <sys/types.h>

#include <optional>
#include <string>

#include "dap/scratch.h"

namespace ml::dap {

struct Waiting {
  std::string place;  // "127.0.0.1:PORT" or a path
  std::string token;
};

void announce(const Scratch& folder, pid_t process, const Waiting& where);

// Where the process, or one of the three above it, listens: a program is started by the `mlpy` that listens
// for it. Only folders of this user count.
std::optional<Waiting> waiting_of(pid_t process);

}  // namespace ml::dap
