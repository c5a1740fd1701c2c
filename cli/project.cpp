#include "cli/project.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>
#include <vector>

#include "cli/project/project_file.h"
#include "core/base/files.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostRemembered = 50;

std::optional<fs::path> user_folder(const char* variable, const char* below_home) {
  if (const char* value = std::getenv(variable); value && *value) return fs::path(value) / "mlpy";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / below_home / "mlpy";
  return std::nullopt;
}

std::optional<fs::path> settings_file() {
  const auto folder = user_folder("XDG_CONFIG_HOME", ".config");
  return folder ? std::optional(*folder / "settings.json") : std::nullopt;
}

std::optional<fs::path> remembered_file() {
  const auto folder = user_folder("XDG_CACHE_HOME", ".cache");
  return folder ? std::optional(*folder / "profiled-folders") : std::nullopt;
}

// Folders that were profiled, the last one first.
std::vector<std::string> remembered() {
  std::vector<std::string> folders;
  const auto file = remembered_file();
  std::istringstream lines(file ? read_file(*file).value_or("") : "");
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) folders.push_back(line);
  return folders;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, at] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace

std::optional<fs::path> project_above(const fs::path& folder) {
  const auto file = project_file_above(folder);
  return file ? std::optional(file->parent_path()) : std::nullopt;
}

fs::path project_root(const fs::path& file) {
  return project_above(file.parent_path()).value_or(file.parent_path());
}

ProfileSettings project_profile(const fs::path& folder, const std::string& chosen) {
  std::error_code failed;
  const auto file = chosen.empty() ? project_file_above(folder) : std::optional(fs::absolute(chosen, failed));
  auto text = file ? read_file(*file) : std::nullopt;
  if (!text) return {};
  const ProjectFile project = read_project_file(std::move(*text), *file);
  ProfileSettings settings;
  settings.mode = project.text_of("profile.mode");
  settings.lines = project.flag("profile.lines").value_or(false);
  settings.keep = static_cast<int>(std::min(project.number("profile.keep").value_or(0), 100'000.0));
  settings.reports = project.texts("profile.reports");
  return settings;
}

std::vector<fs::path> archive_folders_here() {
  std::error_code failed;
  const fs::path here = fs::current_path(failed);
  if (const auto project = project_above(here)) return {*project / ".mlpy"};
  std::vector<fs::path> folders;
  for (fs::path at = here;; at = at.parent_path()) {
    if (fs::is_directory(at / ".mlpy", failed)) {
      folders.push_back(at / ".mlpy");
      break;
    }
    if (at == at.parent_path()) break;
  }
  for (const std::string& name : remembered()) {
    const fs::path folder = name;
    const bool known = std::find(folders.begin(), folders.end(), folder) != folders.end();
    if (!known && is_below(folder, here) && fs::is_directory(folder, failed)) folders.push_back(folder);
  }
  if (const auto folder = fallback_archive(); folder && fs::is_directory(*folder, failed))
    folders.push_back(*folder);
  return folders;
}

void remember_archive(const fs::path& folder) {
  const auto file = remembered_file();
  std::vector<std::string> folders = remembered();
  if (!file || (!folders.empty() && folders.front() == folder.string())) return;
  std::erase(folders, folder.string());
  folders.insert(folders.begin(), folder.string());
  if (folders.size() > kMostRemembered) folders.resize(kMostRemembered);
  std::string text;
  for (const std::string& f : folders) text += f + '\n';
  write_file_atomically(*file, text, true);
}

std::optional<fs::path> fallback_archive() {
  const auto folder = user_folder("XDG_CACHE_HOME", ".cache");
  return folder ? std::optional(*folder / "profiles.mlpy") : std::nullopt;
}

Settings load_settings() {
  Settings settings;
  const auto file = settings_file();
  const auto text = file ? read_file(*file) : std::nullopt;
  if (!text) return settings;
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(*text, bad);
  if (bad || !value.is_object()) return settings;
  const boost::json::value* profiling = value.as_object().if_contains("profiling");
  settings.profiling = profiling && profiling->is_bool() && profiling->as_bool();
  return settings;
}

std::string save_settings(const Settings& settings) {
  const auto file = settings_file();
  if (!file) return "there is no home folder";
  // What other versions keep there stays.
  boost::json::object object;
  boost::system::error_code bad;
  if (const auto old = read_file(*file)) {
    boost::json::value value = boost::json::parse(*old, bad);
    if (!bad && value.is_object()) object = std::move(value.as_object());
  }
  object["profiling"] = settings.profiling;
  if (write_file_atomically(*file, boost::json::serialize(object) + '\n', true)) return {};
  return file->string() + ": " + std::strerror(errno);
}

bool profiling_enabled() {
  if (const char* value = std::getenv("MLPY_PROFILE"); value && *value) {
    std::string word(value);
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return word == "1" || word == "true" || word == "yes" || word == "on";
  }
  return load_settings().profiling;
}

}  // namespace ml::cli
