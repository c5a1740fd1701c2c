#pragma once

// The parts of a project file that give rights: they count only after the user trusted this very content
// (security.md 2.5). The digests of trusted files are kept in the user's configuration folder.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ml::cli {

struct TrustedProject {
  std::string folder;  // empty: no project file, or nothing in it that gives rights, or it is not trusted
  std::vector<std::string> capabilities, deny;
  std::map<std::string, std::vector<std::string>> profiles;
  std::vector<std::string> extension_paths;  // absolute
  bool untrusted = false;  // there is a project file that gives rights, and nobody trusts it
};

// Reads the project file of a program in `folder` (absolute). When it gives rights and is not trusted yet:
// `trust` trusts it, a person at the terminal is asked, and else standard error says that it was ignored.
// Nothing, after telling the user, when the file cannot be used (exit code kUsage).
std::optional<TrustedProject> trusted_project(const std::filesystem::path& folder, bool trust);

// The same, without a question or a word: nothing when the file is not trusted.
std::optional<TrustedProject> trusted_already(const std::filesystem::path& folder);

// What a project file says, without any question of trust. `problem` says why there is nothing.
std::optional<TrustedProject> read_project(const std::string& text, const std::filesystem::path& folder,
                                           std::string& problem);

}  // namespace ml::cli
