#include "cli/files.h"

#include <algorithm>

namespace ml::cli {
namespace fs = std::filesystem;

std::string shown_path(const fs::path& path) {
  std::error_code failed;
  const fs::path here = fs::current_path(failed);
  if (failed || !path.is_absolute()) return path.string();
  const fs::path relative = path.lexically_relative(here);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

std::vector<std::string> programs_named(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& name : words) {
    std::error_code problem;
    if (!fs::is_directory(name, problem)) {
      out.push_back(name);
      continue;
    }
    std::vector<std::string> found;
    fs::recursive_directory_iterator it(name, fs::directory_options::skip_permission_denied, problem), end;
    for (; it != end; it.increment(problem)) {
      if (it->path().filename().string().starts_with('.')) {
        it.disable_recursion_pending();
      } else if (it->path().extension() == ".ml" && it->is_regular_file(problem)) {
        found.push_back(it->path().string());
      }
    }
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

}  // namespace ml::cli
