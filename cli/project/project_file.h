#pragma once

// Project files (cli-and-python-api.md 4): which file counts, its keys, and what it says. What gives rights
// counts only when the file is trusted (cli/trust.h).

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ml::cli {

// What a project file may be called, the first one counts.
std::span<const char* const> project_file_names();

// The project file of the nearest folder from `folder` (absolute) upwards that has one.
std::optional<std::filesystem::path> project_file_above(const std::filesystem::path& folder);

struct ProjectKey {
  std::string_view name;  // keys of sections with the section: "sandbox.timeout"
  std::string_view
      kind;  // text, boolean, number, size, list of texts, list of numbers, profiles, path, paths, rights
  std::string_view default_value;  // JSON
  std::string_view choices = {};   // what a text may be, separated by '|'
};
std::span<const ProjectKey> project_keys();

// Something about a key; errors make the file unusable.
struct ProjectProblem {
  std::string key;  // empty: the file
  std::string text;
  bool error = true;
};

struct ProjectFile {
  std::filesystem::path file;  // absolute; empty: there is none
  std::string text;            // its bytes
  // The keys it sets, by ProjectKey::name; paths absolute, `${NAME}` replaced from the environment.
  boost::json::object values;
  std::vector<ProjectProblem> problems;

  std::filesystem::path folder() const { return file.parent_path(); }
  bool usable() const;  // no error
  // What a key says; otherwise empty, nothing.
  std::vector<std::string> texts(std::string_view key) const;
  std::string text_of(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
};

// Reads the text of a project file; any bytes are safe. The ending of `file` (absolute) says the language.
ProjectFile read_project_file(std::string text, const std::filesystem::path& file);

// For commands: the file `chosen` if that is not empty, else the one above `folder` (absolute), or none.
// Tells the user of problems, of warnings unless `quiet`; nothing when it cannot be used (exit code kUsage).
std::optional<ProjectFile> load_project_file(const std::filesystem::path& folder, const std::string& chosen,
                                             bool quiet);

}  // namespace ml::cli
