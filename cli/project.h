#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ml::cli {

// The folder of the nearest project file in `folder` or above; none when there is none.
std::optional<std::filesystem::path> project_above(const std::filesystem::path& folder);

// Where paths of a program's profiles start, and whose `.mlpy` keeps them: the project of `file` (absolute),
// else its folder.
std::filesystem::path project_root(const std::filesystem::path& file);

// The `.mlpy` folders whose saved profiles commands without a program mean: that of the project above the
// current folder; without a project the nearest one upwards, and those at or below the current folder that
// were profiled lately. May be empty.
std::vector<std::filesystem::path> archive_folders_here();

// Remembers `folder` as profiled, for archive_folders_here(). Failing costs nothing.
void remember_archive(const std::filesystem::path& folder);

// Where a profile goes when its project cannot be written.
std::optional<std::filesystem::path> fallback_archive();

// The `profile` section of the project file `chosen`, or of that for programs in `folder` (absolute). What it
// does not say, or says in a wrong type, is empty, false or 0.
struct ProfileSettings {
  std::string mode;
  bool lines = false;
  std::vector<std::string> reports;
  int keep = 0;
};
ProfileSettings project_profile(const std::filesystem::path& folder, const std::string& chosen = {});

// What `mlpy profiling` keeps: $XDG_CONFIG_HOME/mlpy/settings.json, else ~/.config/mlpy/settings.json.
struct Settings {
  bool profiling = false;
};
Settings load_settings();
// Empty, or why they cannot be kept.
std::string save_settings(const Settings& settings);

// Every command shall save a profile and print none: MLPY_PROFILE, else the settings.
bool profiling_enabled();

}  // namespace ml::cli
