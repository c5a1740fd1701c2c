#pragma once

// The parts of a project file that give rights: they count only after the user trusted this very content
// (security.md 2.5). The digests of trusted files are kept in the user's configuration folder.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/project/project_file.h"

namespace ml::cli {

struct TrustedProject {
  std::string folder;  // empty: no project file, or nothing in it that gives rights, or it is not trusted
  std::vector<std::string> capabilities, deny;
  std::map<std::string, std::vector<std::string>> profiles;
  std::vector<std::string> extension_paths;  // absolute
  // Of the section `sandbox`.
  std::vector<std::string> hosts, file_patterns;
  std::vector<int> ports;
  bool network = false;
  bool untrusted = false;  // there is a project file that gives rights, and nobody trusts it
};

// The rights in a project file, as far as they count. When it gives some and is not trusted yet: `trust`
// trusts it, a person at the terminal is asked, and else standard error says that they were ignored.
TrustedProject trusted_project(const ProjectFile& project, bool trust);

// The same, without a question or a word: nothing when the file is not trusted.
std::optional<TrustedProject> trusted_already(const ProjectFile& project);

}  // namespace ml::cli
