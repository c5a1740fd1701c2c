#include <cstdio>
#include <ctime>
#include <random>

#include "profiler/history/archive.h"

namespace ml::profiler::history {

std::string new_run_id(std::uint64_t started_unix_ns) {
  const auto seconds = static_cast<std::time_t>(started_unix_ns / 1'000'000'000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[48];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%d-%H%M%S-", &utc);
  std::snprintf(text + size, sizeof text - size, "%04x", std::random_device{}() & 0xffffu);
  return text;
}

bool is_path(std::string_view path, std::string_view wanted) {
  while (wanted.starts_with("./")) wanted.remove_prefix(2);
  if (wanted.empty() || !path.ends_with(wanted)) return false;
  return path.size() == wanted.size() || path[path.size() - wanted.size() - 1] == '/';
}

bool concerns(const Run& run, std::string_view wanted) {
  if (is_path(run.program, wanted)) return true;
  for (const std::string& file : run.files)
    if (is_path(file, wanted)) return true;
  return false;
}

std::vector<const Run*> find_run(const std::vector<Run>& runs, std::string_view wanted) {
  std::vector<const Run*> found;
  if (wanted == "last" || wanted.starts_with("last:")) {
    std::size_t back = 1;
    if (wanted.size() > 4) {
      back = 0;
      for (const char c : wanted.substr(5)) {
        if (c < '0' || c > '9' || back > 1'000'000) return {};
        back = back * 10 + static_cast<std::size_t>(c - '0');
      }
    }
    if (back >= 1 && back <= runs.size()) found.push_back(&runs[runs.size() - back]);
    return found;
  }
  if (wanted.empty()) return found;
  for (const Run& run : runs) {
    if (run.id == wanted) return {&run};
    if (run.id.starts_with(wanted)) found.push_back(&run);
  }
  if (!found.empty()) return found;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run)
    if (is_path(run->program, wanted)) return {&*run};
  return found;
}

}  // namespace ml::profiler::history
