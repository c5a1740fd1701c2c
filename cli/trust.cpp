#include "cli/trust.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "cli/user_config.h"
#include "core/base/files.h"
#include "core/base/sha256.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

std::optional<fs::path> trust_file() { return config_file("trusted-projects"); }

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
  for (const std::string& f : project.file_patterns) fmt::print(stderr, "  read and write {}\n", f);
  for (const std::string& h : project.hosts) fmt::print(stderr, "  requests to {}\n", h);
  for (const int port : project.ports) fmt::print(stderr, "  requests at port {}\n", port);
  if (project.network) fmt::print(stderr, "  requests to every public host\n");
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

TrustedProject rights_of(const ProjectFile& file) {
  TrustedProject project;
  for (const char* key : {"capabilities", "allowed_capabilities"})
    // `!pattern` is a way to write a denial.
    for (const std::string& c : file.texts(key))
      (c.starts_with('!') ? project.deny : project.capabilities)
          .push_back(c.starts_with('!') ? c.substr(1) : c);
  for (const std::string& c : file.texts("deny")) project.deny.push_back(c);
  if (const auto* profiles = file.values.if_contains("capability_profiles"))
    for (const auto& [name, grants] : profiles->as_object())
      for (const auto& grant : grants.as_array())
        project.profiles[std::string(name)].emplace_back(grant.as_string());
  project.extension_paths = file.texts("python_extension_paths");
  project.hosts = file.texts("sandbox.allowed_hosts");
  project.file_patterns = file.texts("sandbox.file_patterns");
  if (const auto* ports = file.values.if_contains("sandbox.allowed_ports"))
    for (const auto& port : ports->as_array()) project.ports.push_back(static_cast<int>(port.as_int64()));
  project.network = file.flag("sandbox.network_enabled").value_or(false);
  if (!project.capabilities.empty() || !project.deny.empty() || !project.profiles.empty() ||
      !project.extension_paths.empty() || !project.hosts.empty() || !project.file_patterns.empty() ||
      !project.ports.empty() || project.network)
    project.folder = file.folder().string();
  return project;
}

std::string trust_entry(const ProjectFile& file) { return sha256(file.text) + ' ' + file.file.string(); }

}  // namespace

std::optional<TrustedProject> trusted_already(const ProjectFile& file) {
  if (file.file.empty() || !only_ours(file.file) || !is_trusted(trust_entry(file))) return std::nullopt;
  return rights_of(file);
}

TrustedProject trusted_project(const ProjectFile& file, bool trust) {
  TrustedProject project = rights_of(file);
  if (project.folder.empty()) return project;
  if (!only_ours(file.file)) {
    fmt::print(stderr, "mlpy: warning: the capabilities in {} are ignored: others can write the file\n",
               file.file.string());
    return ignored();
  }
  const std::string entry = trust_entry(file);
  if (is_trusted(entry)) return project;
  if (trust || confirmed(file.file, project)) {
    remember(entry);
    return project;
  }
  fmt::print(stderr,
             "mlpy: warning: the capabilities in {} are ignored: it is not trusted (--trust-project)\n",
             file.file.string());
  return ignored();
}

}  // namespace ml::cli
