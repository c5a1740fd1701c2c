#pragma once

// What a program may do, as asked for on the command line and in the project file (security.md 2.5). The
// runtime reads the result (runtime/python/mlpy/runtime/policy.py) and knows the rules; here only the options
// are put together.

#include <optional>
#include <string>
#include <vector>

#include "cli/trust.h"

namespace ml::cli {

struct GrantOptions {
  std::vector<std::string> grants, denies;  // "name[:pattern]"
  std::string profile;                      // of the project file
  std::vector<std::string> hosts, file_patterns;
  std::vector<int> ports;
  bool allow_all = false, allow_network = false, disable_network = false, no_defaults = false;
  bool grant_declared = false, yes = false, run_anyway = false, trust_project = false, deny_multilink = false;
  std::string audit;  // JSON-lines file
};

// The folders of extension modules: the first of command line, project file, MLPY_EXTENSION_PATHS that names
// any (stdlib-io.md 9.1). Absolute; missing ones are left out after a warning.
std::vector<std::string> extension_folders(const std::vector<std::string>& options,
                                           const TrustedProject& project);

// The options as JSON for the launcher; empty when nothing was asked for. Nothing, after telling the user,
// when a profile does not exist. `quiet`: the launcher warns of nothing.
std::optional<std::string> policy_options(const GrantOptions& options, const TrustedProject& project,
                                          const std::vector<std::string>& extensions, bool quiet);

}  // namespace ml::cli
