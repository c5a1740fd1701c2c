#pragma once

// The allow-list of system calls (security.md 5.3), as the program that the kernel runs before each of them.

#include <sys/types.h>

#include <string>

namespace ml::sandbox {

struct FilterOptions {
  pid_t process = 0;     // the process it is for: the only one that may be signalled
  bool paths = true;     // files may be named: Landlock says which. Else no path is looked at any more
  bool threads = false;  // threads may be started
};

// The bytes of the filter; empty when this machine has none.
std::string make_filter(const FilterOptions& options);

}  // namespace ml::sandbox
