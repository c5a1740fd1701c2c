#include "dap/launch.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include "dap/session.h"

namespace ml::dap {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kReports[] = {"ml-summary", "ml-details", "dev-summary", "dev-details", "raw"};

const std::set<std::string_view>& known_attributes() {
  static const std::set<std::string_view> known{
      "program", "args", "cwd", "env", "envFile", "stopOnEntry", "noDebug", "console", "redirectOutput",
      "pythonPath", "python", "toolPath", "modulePaths", "extensionPaths", "profile", "profileMode",
      "profileRate", "profileOutput", "profileBaseline", "profileOpen", "memory", "sandbox", "capabilities",
      "justMyCode", "stepFilters", "showReturnValue", "record", "subProcess", "trace", "forceTranspile",
      "strictSecurity",
      // of the clients
      "name", "type", "request", "preLaunchTask", "postDebugTask", "presentation", "internalConsoleOptions",
      "__restart", "__sessionId", "__configurationTarget", "stdin", "debugServer", "serverReadyAction",
      "suppressMultipleSessionWarning"};
  return known;
}

std::vector<std::string> words(const json::value& value) {
  std::vector<std::string> out;
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) {
      if (item.is_string()) out.emplace_back(wire::sv(item.get_string()));
    }
  } else if (value.is_string()) {  // split like a shell
    std::string word;
    bool inside = false, any = false;
    char quote = 0;
    const std::string_view text = wire::sv(value.get_string());
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quote) {
        if (c == quote) {
          quote = 0;
        } else {
          word += c == '\\' && quote == '"' && i + 1 < text.size() ? text[++i] : c;
        }
      } else if (c == '"' || c == '\'') {
        quote = c, any = true;
      } else if (c == ' ' || c == '\t' || c == '\n') {
        if (inside || any) out.push_back(word);
        word.clear(), inside = any = false;
      } else {
        word += c == '\\' && i + 1 < text.size() ? text[++i] : c;
        inside = true;
      }
    }
    if (inside || any) out.push_back(word);
  }
  return out;
}

// The reports asked for, each once; false for an unknown name.
bool read_profile(const json::value& value, LaunchArguments& out, std::string& problem) {
  if (value.is_bool() || value.is_null()) {
    out.profile = value.is_bool() && value.get_bool();
    if (out.profile) out.reports = {"ml-summary"};
    return true;
  }
  std::vector<std::string> names =
      value.is_string() ? std::vector{std::string(wire::sv(value.get_string()))} : words(value);
  for (const std::string& name : names) {
    const auto add = [&](std::string_view report) {
      if (std::find(out.reports.begin(), out.reports.end(), report) == out.reports.end())
        out.reports.emplace_back(report);
    };
    if (name == "all") {
      for (const std::string_view report : kReports) add(report);
    } else if (std::find(std::begin(kReports), std::end(kReports), name) != std::end(kReports)) {
      add(name);
    } else {
      problem = "profile: there is no report '" + name +
                "'; the reports are ml-summary, ml-details, dev-summary, dev-details, raw, and all";
      return false;
    }
  }
  out.profile = !out.reports.empty();
  return true;
}

void read_environment(const json::object& arguments, LaunchPlan& plan) {
  const auto* given = object_of(arguments, "env");
  if (!given) return;
  for (const auto& [name, value] : *given) {
    if (value.is_null()) {
      plan.unset.emplace_back(std::string(name));
    } else {
      plan.environment.emplace_back(std::string(name), value.is_string()
                                                           ? std::string(wire::sv(value.get_string()))
                                                           : wire::write_json(value));
    }
  }
}

fs::path own_program(const std::string& tool) {
  std::error_code failed;
  if (!tool.empty()) return fs::is_directory(tool, failed) ? fs::path(tool) / "mlpy" : fs::path(tool);
  return fs::read_symlink("/proc/self/exe", failed).parent_path() / "mlpy";
}

void add_profile(const json::object& arguments, LaunchArguments& out) {
  auto& command = out.plan.command;
  command.emplace_back("--profile");
  for (const std::string& report : out.reports) command.insert(command.end(), {"--report", report});
  if (const std::string mode = text_of(arguments, "profileMode"); !mode.empty())
    command.insert(command.end(), {"--profile-mode", mode});
  if (const auto rate = number_of(arguments, "profileRate"); rate > 0)
    command.insert(command.end(), {"--profile-interval", std::to_string(1000.0 / static_cast<double>(rate))});
  const fs::path folder = fs::path(out.program).parent_path() / ".mlpy" / "profiles";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  out.saved_profile =
      folder /
      (fs::path(out.program).stem().string() + "-" +
       std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + ".mlprof");
  const std::string wanted = text_of(arguments, "profileOutput");
  if (wanted.ends_with(".mlprof")) {
    out.saved_profile = (fs::path(out.plan.folder) / wanted).string();
  } else if (!wanted.empty() && !wanted.ends_with("/")) {
    command.insert(command.end(), {"--profile-output", wanted});
  } else if (!wanted.empty()) {
    out.saved_profile =
        (fs::path(out.plan.folder) / wanted / fs::path(out.saved_profile).filename()).string();
  }
  std::error_code failed;
  fs::create_directories(fs::path(out.saved_profile).parent_path(), failed);
  command.insert(command.end(), {"--profile-save", out.saved_profile});
}

void add_sandbox(const json::object& arguments, LaunchArguments& out) {
  const auto* given = arguments.if_contains("sandbox");
  if (!given) return;
  auto& command = out.plan.command;
  if (given->is_bool() && !given->get_bool()) {
    command.emplace_back("--no-sandbox");
    out.warnings.emplace_back("sandbox: false lets the kernel confine nothing");
  }
  const auto* rules = given->if_object();
  if (!rules) return;
  if (flag_of(*rules, "strict")) command.insert(command.end(), {"--sandbox", "strict"});
  if (!flag_of(*rules, "network", true)) command.emplace_back("--disable-network");
  for (const auto& [name, option] :
       {std::pair{"memoryLimit", "--memory-limit"}, {"cpuTimeout", "--cpu-timeout"},
        {"filePatterns", "--file-patterns"}, {"allowHosts", "--allow-hosts"}, {"allowPorts", "--allow-ports"}}) {
    const auto* value = rules->if_contains(name);
    const json::array one{value ? *value : json::value(nullptr)};
    for (const auto& item : value && value->is_array() ? value->get_array() : one) {
      if (item.is_null()) continue;
      command.insert(command.end(),
                     {option, item.is_string() ? std::string(wire::sv(item.get_string())) : wire::write_json(item)});
    }
  }
}

}  // namespace

LaunchArguments read_launch(const json::object& arguments, std::string& problem) {
  LaunchArguments out;
  for (const auto& [name, value] : arguments) {
    if (value.is_string() && wire::sv(value.get_string()).find("${") != std::string_view::npos) {
      problem =
          std::string(name) + ": the client left a variable in " + std::string(wire::sv(value.get_string()));
      return out;
    }
    if (!known_attributes().contains(std::string_view(name.data(), name.size())))
      out.warnings.push_back("unknown launch attribute '" + std::string(name) + "'");
  }
  const std::string program = text_of(arguments, "program");
  if (program.empty()) {
    problem = "launch: 'program' is missing: the .ml file to run";
    return out;
  }
  std::error_code failed;
  out.plan.folder = text_of(arguments, "cwd");
  const fs::path base = out.plan.folder.empty() ? fs::current_path(failed) : fs::path(out.plan.folder);
  out.program =
      fs::weakly_canonical(fs::path(program).is_absolute() ? fs::path(program) : base / program, failed)
          .string();
  if (!fs::is_regular_file(out.program, failed)) {
    problem = "launch: there is no file " + out.program;
    return out;
  }
  if (!out.plan.folder.empty() && !fs::is_directory(out.plan.folder, failed)) {
    problem = "launch: cwd: there is no folder " + out.plan.folder;
    return out;
  }
  if (out.plan.folder.empty()) out.plan.folder = base.string();
  if (const auto* profile = arguments.if_contains("profile");
      profile && !read_profile(*profile, out, problem))
    return out;
  out.stop_on_entry = flag_of(arguments, "stopOnEntry");
  out.no_debug = flag_of(arguments, "noDebug");
  out.profile_open = text_of(arguments, "profileOpen", "lens");
  out.plan.debug = !out.no_debug;
  read_environment(arguments, out.plan);

  auto& command = out.plan.command;
  command = {own_program(text_of(arguments, "toolPath")).string(), "run"};
  add_sandbox(arguments, out);
  if (out.profile) add_profile(arguments, out);
  const auto* python = arguments.if_contains("python");
  if (!python) python = arguments.if_contains("pythonPath");
  if (python) {
    const auto candidates =
        python->is_string() ? std::vector{std::string(wire::sv(python->get_string()))} : words(*python);
    if (!candidates.empty()) command.insert(command.end(), {"--python", candidates.front()});
  }
  for (const auto& [attribute, option] :
       {std::pair{"modulePaths", "--import-paths"}, {"extensionPaths", "--extension-path"}}) {
    const auto* list = arguments.if_contains(attribute);
    if (!list) continue;
    for (const std::string& path : words(*list)) command.insert(command.end(), {option, path});
  }
  if (flag_of(arguments, "forceTranspile")) command.emplace_back("--force-transpile");
  if (const auto* grants = arguments.if_contains("capabilities")) {
    if (grants->is_string() && grants->get_string() == "all") {
      command.emplace_back("--allow-all");
      out.warnings.emplace_back("capabilities: \"all\" lets the program do anything");
    } else if (grants->is_string() && grants->get_string() == "none") {
      command.emplace_back("--no-default-grants");
    } else if (const auto* by_name = grants->if_object()) {
      for (const auto& [name, patterns] : *by_name) {
        if (patterns.is_bool() && patterns.get_bool())
          command.insert(command.end(), {"--grant", std::string(name)});
        for (const std::string& pattern : words(patterns))
          command.insert(command.end(), {"--grant", std::string(name) + ":" + pattern});
      }
    }
  }
  command.push_back(out.program);
  if (const auto* args = arguments.if_contains("args")) {
    const auto list = words(*args);
    if (!list.empty()) command.emplace_back("--");
    command.insert(command.end(), list.begin(), list.end());
  }
  return out;
}

}  // namespace ml::dap
