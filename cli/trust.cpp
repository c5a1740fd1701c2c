#include "cli/trust.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "cli/files.h"
#include "core/base/files.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

using Strings = std::vector<std::string>;

std::optional<fs::path> project_file(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    for (const char* name : {"mlpy.json", ".mlpy.json"}) {
      std::error_code failed;
      if (fs::is_regular_file(folder / name, failed)) return folder / name;
    }
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

// `${NAME}` replaced from the environment; false when it is not set.
bool expand(std::string& text, std::string& problem) {
  for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) return true;
    const std::string name = text.substr(at + 2, end - at - 2);
    const char* value = std::getenv(name.c_str());
    if (!value) {
      problem = fmt::format("'{}' is not set in the environment", name);
      return false;
    }
    text.replace(at, end + 1 - at, value);
    at += std::string_view(value).size();
  }
  return true;
}

bool read_strings(const boost::json::value& value, const std::string& key, Strings& out,
                  std::string& problem) {
  const boost::json::array* list = value.if_array();
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const boost::json::string* text = (*list)[i].if_string();
    if (!text) {
      list = nullptr;
      break;
    }
    out.emplace_back(*text);
    if (!expand(out.back(), problem)) return false;
  }
  if (!list) problem = fmt::format("'{}' must be an array of strings", key);
  return list != nullptr;
}

std::optional<fs::path> trust_file() {
  if (const char* folder = std::getenv("XDG_CONFIG_HOME"); folder && *folder)
    return fs::path(folder) / "mlpy/trusted-projects";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".config/mlpy/trusted-projects";
  return std::nullopt;
}

bool is_trusted(const std::string& entry) {
  const auto file = trust_file();
  const std::string known = file ? read_file(*file).value_or("") : "";
  return ("\n" + known).find("\n" + entry + "\n") != std::string::npos;
}

void remember(const std::string& entry) {
  const auto file = trust_file();
  if (!file) return;
  const std::string known = read_file(*file).value_or("");
  if (!write_file_atomically(*file, known + entry + '\n', true))
    fmt::print(stderr, "mlpy: warning: cannot keep the trust in {}\n", file->string());
}

// Another user could have put the rights there.
bool only_ours(const fs::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && (info.st_uid == ::getuid() || info.st_uid == 0) &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void list_rights(const TrustedProject& project) {
  for (const std::string& c : project.capabilities) fmt::print(stderr, "  {}\n", c);
  for (const auto& [name, grants] : project.profiles)
    fmt::print(stderr, "  profile {}: {}\n", name, fmt::join(grants, ", "));
  for (const std::string& f : project.extension_paths) fmt::print(stderr, "  Python modules in {}\n", f);
}

bool confirmed(const fs::path& file, const TrustedProject& project) {
  if (!::isatty(STDIN_FILENO) || !::isatty(STDERR_FILENO)) return false;
  fmt::print(stderr, "{} wants to give programs these rights:\n", file.string());
  list_rights(project);
  fmt::print(stderr, "Trust it? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

TrustedProject ignored() {
  TrustedProject project;
  project.untrusted = true;
  return project;
}

}  // namespace

std::optional<TrustedProject> read_project(const std::string& text, const fs::path& folder,
                                           std::string& problem) {
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(text, bad);
  if (bad || !value.is_object()) {
    problem = bad ? bad.message() : "not an object";
    return std::nullopt;
  }
  TrustedProject project;
  const boost::json::object& object = value.get_object();
  for (const auto& [raw_key, member] : object) {
    const std::string key(raw_key);
    if (key == "capabilities" || key == "allowed_capabilities") {
      Strings found;
      if (!read_strings(member, key, found, problem)) return std::nullopt;
      // `!pattern` is a way to write a denial.
      for (std::string& c : found)
        (c.starts_with('!') ? project.deny : project.capabilities)
            .push_back(c.starts_with('!') ? c.substr(1) : c);
    } else if (key == "deny") {
      if (!read_strings(member, key, project.deny, problem)) return std::nullopt;
    } else if (key == "python_extension_paths") {
      if (!read_strings(member, key, project.extension_paths, problem)) return std::nullopt;
    } else if (key == "capability_profiles") {
      if (!member.is_object()) {
        problem = "'capability_profiles' must be an object";
        return std::nullopt;
      }
      for (const auto& [name, grants] : member.get_object())
        if (!read_strings(grants, std::string(name), project.profiles[std::string(name)], problem))
          return std::nullopt;
    }
  }
  for (std::string& path : project.extension_paths) path = (folder / path).lexically_normal().string();
  if (!project.capabilities.empty() || !project.deny.empty() || !project.profiles.empty() ||
      !project.extension_paths.empty())
    project.folder = folder.string();
  return project;
}

std::optional<TrustedProject> trusted_already(const fs::path& folder) {
  const auto file = project_file(folder);
  const auto text = file && only_ours(*file) ? read_file(*file) : std::nullopt;
  if (!text || !is_trusted(content_hash(*text) + ' ' + file->string())) return std::nullopt;
  std::string problem;
  return read_project(*text, file->parent_path(), problem);
}

std::optional<TrustedProject> trusted_project(const fs::path& folder, bool trust) {
  const auto file = project_file(folder);
  const auto text = file ? read_file(*file) : std::nullopt;
  if (!text) return TrustedProject{};
  std::string problem;
  auto project = read_project(*text, file->parent_path(), problem);
  if (!project) {
    fmt::print(stderr, "mlpy: {}: {}\n", file->string(), problem);
    return std::nullopt;
  }
  if (project->folder.empty()) return project;
  if (!only_ours(*file)) {
    fmt::print(stderr, "mlpy: warning: the capabilities in {} are ignored: others can write the file\n",
               file->string());
    return ignored();
  }
  const std::string entry = content_hash(*text) + ' ' + file->string();
  if (is_trusted(entry)) return project;
  if (trust || confirmed(*file, *project)) {
    remember(entry);
    return project;
  }
  fmt::print(stderr,
             "mlpy: warning: the capabilities in {} are ignored: it is not trusted (--trust-project)\n",
             file->string());
  return ignored();
}

}  // namespace ml::cli
