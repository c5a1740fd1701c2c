#pragma once

#include <chrono>
#include <cstddef>

#include "cli/program.h"

namespace ml::cli {

// What compiling one program may take (security.md 5.2).
struct CompileLimits {
  std::chrono::milliseconds cpu{10'000};  // processor time of all threads
  std::size_t memory = 500u << 20;        // bytes that the process grows by
};

// While it lives, the process ends with a line on stderr and exit code 6 soon after it has gone beyond a
// limit: memory is looked at after every 100 ms of processor time. At most one at a time; for processes that
// keep nothing that would have to be saved, and that use no SIGPROF or ITIMER_PROF meanwhile.
class CompileGuard {
 public:
  explicit CompileGuard(const CompileLimits& limits = {});
  ~CompileGuard();
  CompileGuard(const CompileGuard&) = delete;
  CompileGuard& operator=(const CompileGuard&) = delete;
};

// compile_program under a guard: for commands.
Program compile_within_limits(const std::filesystem::path& main_file, std::string main_text,
                              const CompileOptions& options);

}  // namespace ml::cli
