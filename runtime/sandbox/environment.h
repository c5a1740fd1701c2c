#pragma once

#include <string>
#include <vector>

namespace ml::sandbox {

// The environment of a program as `NAME=value` (security.md 5.5): language, time zone, where the home folder
// and the tool's own folders are (guarded against wildcards), the private folder, and the variables of this
// process whose names fit one of the patterns (`*`, `?`, `[...]`).
std::vector<std::string> scrubbed_environment(const std::vector<std::string>& patterns,
                                              const std::string& folder);

}  // namespace ml::sandbox
