#include "cli/extensions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "cli/launch.h"
#include "core/base/child.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

// Standard output of a command; empty when it cannot be run.
std::string output_of(const std::vector<std::string>& words) {
  Pipe output;
  int problem = 0;
  const pid_t child = start_child({.words = words,
                                   .environment = own_environment(),
                                   .input = STDIN_FILENO,
                                   .output = output.in,
                                   .error = STDERR_FILENO,
                                   .own_group = false},
                                  problem);
  if (!output || child < 0) return {};
  output.close_in();
  std::string out;
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(output.out, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(block, static_cast<std::size_t>(got));
  }
  wait_for_child(child);
  return out;
}

}  // namespace

std::vector<std::string> extension_names(const std::vector<std::string>& folders, const Interpreter& python) {
  if (folders.empty()) return {};
  const std::string start =
      fmt::format("import sys;sys.path.insert(0,{:?});from mlpy.runtime.discovery import main;main()",
                  python_package_folder().string());
  std::vector<std::string> words = {python.program.string(), "-I", "-S", "-X", "utf8", "-c", start};
  words.insert(words.end(), folders.begin(), folders.end());
  const std::string lines = output_of(std::move(words));
  std::vector<std::string> names;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    names.push_back(lines.substr(at, std::min(lines.find('\t', at), end) - at));
    at = end + 1;
  }
  return names;
}

std::string extension_signature(const std::vector<std::string>& folders) {
  if (folders.empty()) return {};
  std::vector<std::string> lines;
  for (const std::string& folder : folders) {
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
      if (!it->path().filename().string().ends_with("_bridge.py")) continue;
      std::error_code gone;
      lines.push_back(fmt::format("{} {} {}", it->path().string(), it->file_size(gone),
                                  it->last_write_time(gone).time_since_epoch().count()));
    }
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}\n{}", fmt::join(folders, ":"), fmt::join(lines, "\n"));
}

}  // namespace ml::cli
