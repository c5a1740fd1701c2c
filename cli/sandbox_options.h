#pragma once

// How a program is confined, as asked for on the command line (security.md 5.2, 5.8).

#include <optional>
#include <string>
#include <vector>

#include "cli/grants.h"
#include "runtime/sandbox/process.h"

namespace CLI {
class App;
}

namespace ml::cli {

struct SandboxArguments {
  std::string mode;  // empty (on), on, strict, off
  bool none = false, trusted = false, standard_input = false;
  std::vector<std::string> weaker, masked;
  std::string memory, file, temp, written, output;  // sizes
  std::optional<double> cpu, wall;                  // seconds; 0: none
  std::string http;                                 // requests
  bool raw_output = false;                          // control characters reach the terminal
};

void add_sandbox_options(CLI::App& command, SandboxArguments& into);

// Nothing, after telling the user, when they cannot be used (exit code kUsage).
std::optional<sandbox::Options> sandbox_options(const SandboxArguments& arguments, const GrantOptions& grants,
                                                const TrustedProject& project);

// Whether nothing is to be watched: no layer and no limit.
bool unwatched(const sandbox::Options& options);

}  // namespace ml::cli
