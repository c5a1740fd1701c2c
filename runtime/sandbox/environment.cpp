#include "runtime/sandbox/environment.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace ml::sandbox {
namespace {
constexpr std::string_view kOwn[] = {"TZ", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MLPY_CACHE_DIR"};
}

std::vector<std::string> scrubbed_environment(const std::vector<std::string>& patterns,
                                              const std::string& folder) {
  std::vector<std::string> kept;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    const std::string name(text.substr(0, text.find('=')));
    const auto fits = [&](const std::string& pattern) {
      return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    };
    if (name == "TMPDIR") continue;
    if (std::ranges::find(kOwn, name) != std::end(kOwn) || std::ranges::any_of(patterns, fits))
      kept.emplace_back(text);
  }
  if (std::ranges::none_of(kept, [](const std::string& text) { return text.starts_with("LANG="); }))
    kept.emplace_back("LANG=C.UTF-8");
  kept.push_back("TMPDIR=" + folder);
  return kept;
}

}  // namespace ml::sandbox
