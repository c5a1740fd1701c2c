#include "cli/project/project_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/project/plain_yaml.h"
#include "core/base/files.h"
#include "core/text/nearest.h"
#include "core/text/utf8.h"
#include "runtime/sandbox/limits.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* kNames[] = {"mlpy.json", "mlpy.yaml", "mlpy.yml", ".mlpy.json"};

constexpr ProjectKey kKeys[] = {
    {"name", "text", "null"},
    {"version", "text", R"("1.0.0")"},
    {"description", "text", R"("")"},
    {"author", "text", R"("")"},
    {"license", "text", R"("MIT")"},
    {"source_dir", "path", R"("src")"},
    {"output_dir", "path", R"("dist")"},
    {"test_dir", "path", R"("tests")"},
    {"target", "text", R"("python")", "python"},
    {"optimization_level", "number", "1"},
    {"source_maps", "boolean", "true"},
    {"enable_security_analysis", "boolean", "true"},
    {"security_level", "text", R"("strict")", "strict|normal|permissive"},
    {"allowed_capabilities", "rights", "[]"},
    {"capabilities", "rights", "[]"},
    {"deny", "rights", "[]"},
    {"capability_profiles", "profiles", "{}"},
    {"python_extension_paths", "paths", "[]"},
    {"ml_module_paths", "paths", "[]"},
    {"import_paths", "paths", "[]"},
    {"allow_current_dir", "boolean", "true"},
    {"stdlib_mode", "text", R"("native")", "native|python"},
    {"sandbox.memory_limit", "size", "null"},
    {"sandbox.cpu_timeout", "number", "null"},
    {"sandbox.timeout", "number", "null"},
    {"sandbox.network_enabled", "boolean", "false"},
    {"sandbox.allowed_hosts", "list of texts", "[]"},
    {"sandbox.allowed_ports", "list of numbers", "[]"},
    {"sandbox.file_patterns", "rights", "[]"},
    {"watch_patterns", "list of texts", R"(["**/*.ml"])"},
    {"auto_format", "boolean", "true"},
    {"lint_on_save", "boolean", "true"},
    {"doc_source", "text", "null"},
    {"doc_output", "text", "null"},
    {"doc_theme", "text", "null"},
    {"test_pattern", "text", R"("**/test_*.ml")"},
    {"test_timeout", "number", "30"},
    {"coverage_threshold", "number", "0.8"},
    {"profile.mode", "text", R"("auto")", "auto|sample|exact"},
    {"profile.lines", "boolean", "false"},
    {"profile.reports", "list of texts", R"(["ml-summary"])"},
    {"profile.keep", "number", "20"},
    {"cache.enabled", "boolean", "true"},
    {"cache.max_mb", "number", "256"},
};

// Keys of other layouts, and what says the same here.
constexpr std::pair<std::string_view, std::string_view> kForeign[] = {
    {"project", "name, version, description, author and license at the top"},
    {"project.name", "name"},
    {"project.version", "version"},
    {"transpiler", "source_maps and security_level at the top"},
    {"transpiler.source_maps", "source_maps"},
    {"transpiler.optimization_level", "optimization_level"},
    {"modules", "import_paths, ml_module_paths and python_extension_paths at the top"},
    {"modules.import_paths", "import_paths"},
    {"modules.ml_paths", "ml_module_paths"},
    {"modules.extension_paths", "python_extension_paths"},
    {"security", "security_level and capabilities at the top"},
    {"security.level", "security_level"},
    {"security.capabilities", "capabilities"},
    {"runtime", "sandbox"},
    {"runtime.memory_limit", "sandbox.memory_limit"},
    {"runtime.timeout", "sandbox.timeout"},
    {"logging", "nothing: use the options of the commands"},
    {"imports", "import_paths and allow_current_dir at the top"},
    {"imports.paths", "import_paths"},
    {"imports.allow_current_dir", "allow_current_dir"},
};

std::string_view equivalent(std::string_view name) {
  for (const auto& [foreign, ours] : kForeign)
    if (foreign == name) return ours;
  return {};
}

const ProjectKey* key_named(std::string_view name) {
  for (const ProjectKey& key : kKeys)
    if (key.name == name) return &key;
  return nullptr;
}

bool is_section(std::string_view name) {
  return std::any_of(std::begin(kKeys), std::end(kKeys), [&](const ProjectKey& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) && key.name[name.size()] == '.';
  });
}

bool are_texts(const json::value& value) {
  const json::array* list = value.if_array();
  return list && std::all_of(list->begin(), list->end(), [](const json::value& v) { return v.is_string(); });
}

// What is wrong with a value, or nothing.
std::string mistake(std::string_view kind, const json::value& value) {
  bool good = false;
  std::string wanted = fmt::format("a {}", kind);
  if (kind == "text" || kind == "path") {
    good = value.is_string();
    wanted = "a text";
  } else if (kind == "boolean") {
    good = value.is_bool();
  } else if (kind == "number" || (kind == "size" && value.is_number())) {
    good = value.is_number();
    if (good && value.to_number<double>() < 0) return "must not be negative";
  } else if (kind == "size") {
    good = value.is_string() && sandbox::parse_size(value.get_string());
    wanted = "a size such as 100MB";
  } else if (kind == "list of numbers") {
    const json::array* list = value.if_array();
    good = list && std::all_of(list->begin(), list->end(), [](const json::value& v) { return v.is_int64(); });
  } else if (kind == "profiles") {
    const json::object* object = value.if_object();
    good = object && std::all_of(object->begin(), object->end(),
                                 [](const auto& member) { return are_texts(member.value()); });
    wanted = "an object of names and lists of texts";
  } else {
    good = are_texts(value);
    wanted = "a list of texts";
  }
  return good ? "" : fmt::format("must be {}, not {}", wanted, json::serialize(value));
}

class Reader {
 public:
  explicit Reader(ProjectFile& project) : project_(project) {}

  void take(const json::object& given, const std::string& section) {
    for (const auto& [raw_key, value] : given) {
      const std::string name = section + std::string(raw_key);
      if (section.empty() && is_section(name)) {
        if (value.is_object())
          take(value.get_object(), name + '.');
        else
          complain(name, fmt::format("must be a section, not {}", json::serialize(value)));
      } else if (const ProjectKey* key = key_named(name)) {
        take(*key, value);
      } else {
        unknown(name, section, value);
      }
    }
  }

 private:
  void complain(const std::string& key, std::string text, bool error = true) {
    project_.problems.push_back({key, std::move(text), error});
  }

  void take(const ProjectKey& key, json::value value) {
    const std::string name(key.name);
    if (const std::string wrong = mistake(key.kind, value); !wrong.empty()) return complain(name, wrong);
    if (!key.choices.empty()) {
      const std::string given(value.get_string());
      if (("|" + std::string(key.choices) + "|").find("|" + given + "|") == std::string::npos) {
        std::string listed(key.choices);
        for (std::size_t at = 0; (at = listed.find('|', at)) != std::string::npos;)
          listed.replace(at, 1, ", ");
        return complain(name, fmt::format("must be one of {}, not '{}'", listed, given));
      }
    }
    std::string problem;
    if (key.kind == "path" || key.kind == "paths" || key.kind == "rights" || key.kind == "profiles")
      expand(value, key.kind.starts_with("path"), problem);
    if (!problem.empty()) return complain(name, problem);
    project_.values[name] = std::move(value);
  }

  // Replaces `${NAME}` in the texts of a value, and makes paths absolute.
  void expand(json::value& value, bool paths, std::string& problem) {
    if (json::array* list = value.if_array())
      for (json::value& item : *list) expand(item, paths, problem);
    if (json::object* object = value.if_object())
      for (auto& member : *object) expand(member.value(), paths, problem);
    if (!value.is_string()) return;
    std::string text(value.get_string());
    for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos;) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) break;
      const std::string variable = text.substr(at + 2, end - at - 2);
      const char* found = std::getenv(variable.c_str());
      if (!found) {
        problem = fmt::format("the environment has no variable {}", variable);
        return;
      }
      text.replace(at, end + 1 - at, found);
      at += std::strlen(found);
    }
    if (paths) text = (project_.folder() / text).lexically_normal().string();
    value = text;
  }

  void unknown(const std::string& name, const std::string& section, const json::value& value) {
    if (const std::string_view ours = equivalent(name); !ours.empty()) {
      std::vector<std::string> inner;
      if (value.is_object())
        for (const auto& member : value.get_object()) {
          const std::string part = fmt::format("{}.{}", name, std::string_view(member.key()));
          if (const std::string_view same = equivalent(part); !same.empty())
            inner.push_back(fmt::format("{}: write {}", part, same));
        }
      const std::string details = inner.empty() ? "" : fmt::format(" ({})", fmt::join(inner, "; "));
      return complain(name, fmt::format("is not read; write {}{}", ours, details), false);
    }
    Nearest near(name);
    for (const ProjectKey& key : kKeys) {
      near.offer(key.name);
      if (section.empty()) near.offer(key.name.substr(0, key.name.find('.')));
    }
    std::string_view best = near.best();
    best.remove_prefix(best.starts_with(section) ? section.size() : 0);
    complain(name, best.empty() ? "unknown key" : fmt::format("unknown key; did you mean '{}'?", best),
             false);
  }

  ProjectFile& project_;
};

void tell(const ProjectFile& project, const ProjectProblem& problem) {
  fmt::print(stderr, "mlpy: {}: {}: {}{}{}\n", problem.error ? "error" : "warning", project.file.string(),
             problem.key, problem.key.empty() ? "" : ": ", problem.text);
}

}  // namespace

std::span<const ProjectKey> project_keys() { return kKeys; }

std::span<const char* const> project_file_names() { return kNames; }

std::optional<fs::path> project_file_above(const fs::path& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    for (const char* name : kNames) {
      std::error_code failed;
      if (fs::is_regular_file(at / name, failed)) return at / name;
    }
    if (at == at.parent_path()) return std::nullopt;
  }
}

bool ProjectFile::usable() const {
  return std::none_of(problems.begin(), problems.end(), [](const ProjectProblem& p) { return p.error; });
}

std::vector<std::string> ProjectFile::texts(std::string_view key) const {
  std::vector<std::string> found;
  const json::value* value = values.if_contains(key);
  if (value && value->is_array())
    for (const json::value& item : value->get_array()) found.emplace_back(item.as_string());
  return found;
}

std::string ProjectFile::text_of(std::string_view key) const {
  const json::value* value = values.if_contains(key);
  if (!value) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::optional<bool> ProjectFile::flag(std::string_view key) const {
  const json::value* value = values.if_contains(key);
  return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

std::optional<double> ProjectFile::number(std::string_view key) const {
  const json::value* value = values.if_contains(key);
  return value && value->is_number() ? std::optional(value->to_number<double>()) : std::nullopt;
}

ProjectFile read_project_file(std::string text, const fs::path& file) {
  ProjectFile project{file, std::move(text), {}, {}};
  if (const auto bad = find_invalid_utf8(project.text)) {
    project.problems.push_back({"", fmt::format("not UTF-8 at byte {}", *bad)});
    return project;
  }
  json::value given;
  std::string problem;
  if (file.extension() == ".yaml" || file.extension() == ".yml") {
    auto value = parse_plain_yaml(project.text, problem);
    if (value) given = std::move(*value);
  } else {
    boost::system::error_code bad;
    given = json::parse(project.text, bad);
    if (bad) problem = bad.message();
  }
  if (!problem.empty())
    project.problems.push_back({"", "cannot be read: " + problem});
  else if (given.is_object())
    Reader(project).take(given.get_object(), "");
  else if (!given.is_null())
    project.problems.push_back({"", "a project file is an object of keys and values"});
  return project;
}

std::optional<ProjectFile> load_project_file(const fs::path& folder, const std::string& chosen, bool quiet) {
  std::error_code failed;
  const auto file = chosen.empty() ? project_file_above(folder)
                                   : std::optional(fs::absolute(chosen, failed).lexically_normal());
  if (!file) return ProjectFile{};
  auto text = read_file(*file);
  if (!text) {
    fmt::print(stderr, "mlpy: cannot read '{}': {}\n", chosen.empty() ? file->string() : chosen,
               std::strerror(errno));
    return std::nullopt;
  }
  ProjectFile project = read_project_file(std::move(*text), *file);
  for (const ProjectProblem& p : project.problems)
    if (p.error || !quiet) tell(project, p);
  if (!project.usable()) return std::nullopt;
  return project;
}

}  // namespace ml::cli
