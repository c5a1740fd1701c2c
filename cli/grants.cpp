#include "cli/grants.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

class GrantList {
 public:
  void add(const std::string& text, const std::string& base = "") {
    list_.push_back(boost::json::array{boost::json::string(text), boost::json::string(base)});
  }
  void add_all(const std::vector<std::string>& texts, const std::string& base = "") {
    for (const std::string& text : texts) add(text, base);
  }
  bool empty() const { return list_.empty(); }
  boost::json::array take() { return std::move(list_); }

 private:
  boost::json::array list_;
};

void add_network(GrantList& grants, const GrantOptions& options) {
  for (const char* name : {"network.http", "network.https"}) {
    if (options.allow_network) grants.add(name);
    std::vector<std::string> hosts = options.hosts;
    if (hosts.empty() && !options.ports.empty()) hosts.emplace_back("*");
    for (std::string& host : hosts) {
      if (host.find(':') != host.rfind(':') && host.front() != '[') host = '[' + host + ']';
      if (options.ports.empty()) grants.add(fmt::format("{}:{}", name, host));
      for (const int port : options.ports) grants.add(fmt::format("{}:{}:{}", name, host, port));
    }
  }
}

// The network of the options, or of a trusted project file where the options say nothing of it.
GrantOptions with_project(GrantOptions options, const TrustedProject& project) {
  if (!options.hosts.empty() || !options.ports.empty() || options.allow_network) return options;
  options.hosts = project.hosts;
  options.ports = project.ports;
  options.allow_network = project.network && project.hosts.empty() && project.ports.empty();
  return options;
}

}  // namespace

std::vector<std::string> extension_folders(const std::vector<std::string>& options,
                                           const TrustedProject& project) {
  std::vector<std::string> named = options;
  if (named.empty()) named = project.extension_paths;
  if (named.empty()) {
    const char* list = std::getenv("MLPY_EXTENSION_PATHS");
    std::string rest = list ? list : "";
    while (!rest.empty()) {
      const std::size_t end = rest.find(':');
      if (end != 0) named.push_back(rest.substr(0, end));
      rest = end == std::string::npos ? "" : rest.substr(end + 1);
    }
  }
  std::vector<std::string> folders;
  for (const std::string& name : named) {
    std::error_code failed;
    if (!fs::is_directory(name, failed)) {
      fmt::print(stderr, "mlpy: warning: extension folder '{}' does not exist\n", name);
      continue;
    }
    folders.push_back(fs::absolute(name, failed).lexically_normal().string());
  }
  return folders;
}

std::optional<std::string> policy_options(const GrantOptions& options, const TrustedProject& project,
                                          const std::vector<std::string>& extensions, bool quiet) {
  GrantList grants, denies;
  grants.add_all(options.grants);
  for (const std::string& pattern : options.file_patterns) {
    grants.add("file.read:" + pattern);
    grants.add("file.write:" + pattern);
  }
  add_network(grants, with_project(options, project));
  for (const std::string& pattern : project.file_patterns) {
    grants.add("file.read:" + pattern, project.folder);
    grants.add("file.write:" + pattern, project.folder);
  }
  grants.add_all(project.capabilities, project.folder);
  if (!options.profile.empty()) {
    const auto found = project.profiles.find(options.profile);
    if (found == project.profiles.end()) {
      fmt::print(stderr, "mlpy: no capability profile '{}' in {}\n", options.profile,
                 project.folder.empty() ? "a trusted project file" : "the project file of " + project.folder);
      return std::nullopt;
    }
    grants.add_all(found->second, project.folder);
  }
  denies.add_all(options.denies);
  denies.add_all(project.deny, project.folder);
  if (options.disable_network) {
    denies.add("network.http");
    denies.add("network.https");
  }

  boost::json::object json;
  if (!grants.empty()) json["grants"] = grants.take();
  if (!denies.empty()) json["deny"] = denies.take();
  const auto flag = [&](const char* name, bool set) {
    if (set) json[name] = true;
  };
  flag("allow_all", options.allow_all);
  flag("no_defaults", options.no_defaults);
  flag("grant_declared", options.grant_declared);
  flag("yes", options.yes);
  flag("run_anyway", options.run_anyway);
  flag("deny_multilink", options.deny_multilink);
  if (!options.audit.empty()) json["audit"] = options.audit;
  if (!extensions.empty()) json["extensions"] = boost::json::array(extensions.begin(), extensions.end());
  if (!json.empty()) flag("quiet", quiet);
  return json.empty() ? "" : boost::json::serialize(json);
}

}  // namespace ml::cli
