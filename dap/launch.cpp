#include "dap/launch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "dap/session.h"
#include "dap/tool.h"
#include "dap/waiting.h"

namespace ml::dap {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kUsualRecord = 1000, kMostRecord = 1'000'000;  // statements
constexpr std::int64_t kUsualMegabytes = 64, kMostMegabytes = 4096;   // for what they keep

constexpr std::int64_t kMostKept = 100'000;  // saved runs

constexpr std::string_view kReports[] = {"ml-summary", "ml-details", "dev-summary", "dev-details", "raw"};

const std::set<std::string_view>& known_attributes() {
  static const std::set<std::string_view> known{
      "program", "args", "cwd", "env", "envFile", "stopOnEntry", "noDebug", "console", "redirectOutput",
      "pythonPath", "python", "toolPath", "modulePaths", "extensionPaths", "profile", "profileMode",
      "profileRate", "profileKeep", "profileOutput", "profileBaseline", "profileOpen", "memory", "sandbox",
      "capabilities", "justMyCode", "stepFilters", "showReturnValue", "record", "subProcess", "trace",
      "forceTranspile", "strictSecurity",
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

// The text in it that still has a variable of the client's; empty: none.
std::string_view unresolved(const json::value& value) {
  if (value.is_string()) {
    const std::string_view text = wire::sv(value.get_string());
    return text.find("${") == text.npos ? std::string_view() : text;
  }
  if (const auto* list = value.if_array()) {
    for (const json::value& item : *list)
      if (const auto found = unresolved(item); !found.empty()) return found;
  } else if (const auto* fields = value.if_object()) {
    for (const auto& field : *fields)
      if (const auto found = unresolved(field.value()); !found.empty()) return found;
  }
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

// A path, or a name that is looked for in PATH.
bool can_run(const std::string& name, const fs::path& folder) {
  if (name.empty()) return false;
  if (name.find('/') != name.npos) return ::access((folder / name).c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::istringstream places(path ? path : "");
  for (std::string place; std::getline(places, place, ':');)
    if (::access((fs::path(place) / name).c_str(), X_OK) == 0) return true;
  return false;
}

// The reports asked for, each once; false for an unknown name.
bool read_profile(const json::value& value, LaunchArguments& out, std::string& problem) {
  if (value.is_bool() || value.is_null()) {
    out.profile = value.is_bool() && value.get_bool();
    if (out.profile) out.reports = {"ml-summary"};
    return true;
  }
  if (!value.is_string() && !value.is_array()) {
    problem = "profile: true, false, the name of a report, or a list of them";
    return false;
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

// Where the profile went, the command writes into this file of the session's folder.
void add_profile(const json::object& arguments, LaunchArguments& out, std::string& problem) {
  auto& command = out.plan.command;
  command.insert(command.end(), {"--profile", "--profile-place", out.plan.scratch + "/place"});
  if (const std::string mode = text_of(arguments, "profileMode"); !mode.empty()) {
    if (!profiler::is_mode(mode)) problem = "profileMode: '" + mode + "' is unknown: auto, sample, exact";
    command.insert(command.end(), {"--profile-mode", mode});
  }
  if (arguments.contains("profileRate")) {
    const auto rate = number_of(arguments, "profileRate");
    if (rate < 10 || rate > 20000) problem = "profileRate: between 10 and 20000 Hz";
    command.insert(command.end(), {"--profile-interval", std::to_string(1000.0 / static_cast<double>(rate))});
  }
  if (out.profile_keep > 0)
    command.insert(command.end(), {"--profile-keep", std::to_string(out.profile_keep)});
  if (const auto* memory = arguments.if_contains("memory")) {
    if (memory->is_bool() && !memory->get_bool()) command.emplace_back("--no-profile-memory");
    if (memory->is_string() && memory->get_string() != "peak" && memory->get_string() != "lines")
      problem = "memory: true, false, \"peak\" or \"lines\"";
  }
  if (const auto* output = arguments.if_contains("profileOutput")) out.profile_output = *output;
  const std::string wanted = out.profile_output.is_string() ? text_of(arguments, "profileOutput") : "";
  if (wanted.ends_with(".mlprof"))
    command.insert(command.end(), {"--profile-save", (fs::path(out.plan.folder) / wanted).string()});
}

// `NAME=value` lines; `#` begins a comment; quotes around a value are not part of it.
bool read_environment_file(const json::object& arguments, LaunchArguments& out, std::string& problem) {
  const std::string name = text_of(arguments, "envFile");
  if (name.empty()) return true;
  std::ifstream file(fs::path(out.plan.folder) / name);
  if (!file) {
    problem = "envFile: cannot read " + name;
    return false;
  }
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("export ")) line.erase(0, 7);
    const std::size_t equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == line.npos || equals == 0) continue;
    std::string value = line.substr(equals + 1);
    if (value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0])
      value = value.substr(1, value.size() - 2);
    out.plan.environment.emplace_back(line.substr(0, equals), value);
  }
  return true;
}

// Attributes that this adapter itself heeds, and those nothing can be done about.
void read_wishes(const json::object& arguments, LaunchArguments& out, std::string& problem) {
  const std::string console = text_of(arguments, "console", "internalConsole");
  if (console == "integratedTerminal" || console == "externalTerminal") {
    out.plan.how = Start::terminal;
    out.terminal = console == "integratedTerminal" ? "integrated" : "external";
  } else if (console != "internalConsole") {
    problem = "console: '" + console + "' is unknown: internalConsole, integratedTerminal, externalTerminal";
  }
  out.agent["justMyCode"] = flag_of(arguments, "justMyCode", true);
  out.agent["showReturnValue"] = flag_of(arguments, "showReturnValue", true);
  if (const auto* filters = arguments.if_contains("stepFilters")) out.step_filters = words(*filters);
  const auto wants = [&](const char* name) {
    const auto* value = arguments.if_contains(name);
    return value && !value->is_null() && *value != json::value(false);
  };
  if (wants("record") && !out.no_debug) {
    const auto* how = object_of(arguments, "record");
    const std::int64_t last = how ? number_of(*how, "last", kUsualRecord) : kUsualRecord;
    if (last < 1 || last > kMostRecord)
      problem = "record: 'last' is between 1 and " + std::to_string(kMostRecord);
    const std::int64_t mb = how ? number_of(*how, "mb", kUsualMegabytes) : kUsualMegabytes;
    if (mb < 1 || mb > kMostMegabytes)
      problem = "record: 'mb' is between 1 and " + std::to_string(kMostMegabytes);
    out.agent["record"] = json::array{last, mb << 20};
  }
  if (wants("profileKeep")) {
    out.profile_keep = number_of(arguments, "profileKeep");
    if (out.profile_keep < 1 || out.profile_keep > kMostKept)
      problem = "profileKeep: between 1 and " + std::to_string(kMostKept);
  }
  if (wants("subProcess")) out.warnings.emplace_back("subProcess: only the program itself is debugged");
  if (!flag_of(arguments, "strictSecurity", true))
    out.warnings.emplace_back("strictSecurity: false has no effect; the security checks always hold");
  if (const std::string input = text_of(arguments, "stdin"); !input.empty()) {
    out.plan.typed = input == "console" && out.plan.how == Start::process;
    if (input != "console" && input != "none")
      problem = "stdin: '" + input + "' is unknown: \"none\", or \"console\"";
  }
  if (const auto* trace = arguments.if_contains("trace")) {
    if (trace->is_string() && trace->get_string() != "verbose") out.trace = text_of(arguments, "trace");
    if (out.trace.empty() && wants("trace")) out.trace = "mlpy-dap.log";
    if (!out.trace.empty()) out.trace = (fs::path(out.plan.folder) / out.trace).string();
  }
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
  for (const auto& [name, option] : {std::pair{"memoryLimit", "--memory-limit"},
                                     {"cpuTimeout", "--cpu-timeout"},
                                     {"filePatterns", "--file-patterns"},
                                     {"allowHosts", "--allow-hosts"},
                                     {"allowPorts", "--allow-ports"}}) {
    const auto* value = rules->if_contains(name);
    const json::array one{value ? *value : json::value(nullptr)};
    for (const auto& item : value && value->is_array() ? value->get_array() : one) {
      if (item.is_null()) continue;
      command.insert(command.end(), {option, item.is_string() ? std::string(wire::sv(item.get_string()))
                                                              : wire::write_json(item)});
    }
  }
}

// `file` and `network` stand for several capabilities (security.md 2.1): ["read:data/*.csv"],
// ["example.com:443"].
std::vector<std::string> grants_of(const std::string& name, const std::string& pattern) {
  using Names = std::vector<std::string>;
  static const std::map<std::string_view, Names> kFile{{"read", {"file.read", "path.read"}},
                                                       {"write", {"file.write", "file.append", "path.write"}},
                                                       {"append", {"file.append"}},
                                                       {"delete", {"file.delete"}}};
  const std::size_t colon = pattern.find(':');
  const auto deed = name == "file" ? kFile.find(std::string_view(pattern).substr(0, colon)) : kFile.end();
  const bool named = colon != pattern.npos && deed != kFile.end();
  const Names names = named               ? deed->second
                      : name == "file"    ? kFile.find("read")->second
                      : name == "network" ? Names{"network.http", "network.https"}
                                          : Names{name};
  Names grants;
  for (const std::string& one : names) grants.push_back(one + ":" + pattern.substr(named ? colon + 1 : 0));
  return grants;
}

// A number, or, as a client's list of processes gives it, a text.
void read_process(const json::value& given, LaunchPlan& plan, std::string& problem) {
  std::int64_t process = wire::integer_of(given).value_or(0);
  if (given.is_string()) process = std::strtoll(given.get_string().c_str(), nullptr, 10);
  const auto found = process > 0 ? waiting_of(static_cast<pid_t>(process)) : std::nullopt;
  if (!found) {
    problem = "attach: process " +
              (given.is_string() ? std::string(given.get_string()) : wire::write_json(given)) +
              " does not wait for debuggers: a program that was started without one cannot be entered; start "
              "it with "
              "`mlpy run --debug-listen PORT`";
    return;
  }
  plan.attach_token = found->token;
  const auto colon = found->place.rfind(':');
  if (found->place.front() == '/' || colon == found->place.npos)
    plan.socket = found->place;
  else
    plan.port = std::atoi(found->place.c_str() + colon + 1);
}

}  // namespace

LaunchArguments read_launch(const json::object& arguments, const std::string& scratch, std::string& problem) {
  LaunchArguments out;
  out.plan.scratch = scratch;
  for (const auto& [name, value] : arguments) {
    if (const std::string_view left = unresolved(value); !left.empty()) {
      problem = std::string(name) + ": the client left a variable in " + std::string(left);
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
  out.profile_baseline = text_of(arguments, "profileBaseline");
  if (!read_environment_file(arguments, out, problem)) return out;
  read_environment(arguments, out.plan);
  read_wishes(arguments, out, problem);
  if (!problem.empty()) return out;

  auto& command = out.plan.command;
  command = {tool_program(text_of(arguments, "toolPath")), "run"};
  add_sandbox(arguments, out);
  if (out.profile) add_profile(arguments, out, problem);
  if (!problem.empty()) return out;
  const auto* python = arguments.if_contains("python");
  if (!python) python = arguments.if_contains("pythonPath");
  if (python) {
    const auto candidates =
        python->is_string() ? std::vector{std::string(wire::sv(python->get_string()))} : words(*python);
    const auto first = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const std::string& name) { return can_run(name, out.plan.folder); });
    if (first == candidates.end() && !candidates.empty()) {
      problem = "python: none of these can be run: " + joined(candidates);
      return out;
    }
    if (first != candidates.end()) command.insert(command.end(), {"--python", *first});
  }
  for (const auto& [attribute, option] :
       {std::pair{"modulePaths", "--import-paths"}, {"extensionPaths", "--extension-path"}}) {
    const auto* list = arguments.if_contains(attribute);
    if (!list) continue;
    for (const std::string& path : words(*list))
      out.import_options.insert(out.import_options.end(), {option, path});
  }
  command.insert(command.end(), out.import_options.begin(), out.import_options.end());
  if (flag_of(arguments, "forceTranspile")) command.emplace_back("--force-transpile");
  if (const auto* grants = arguments.if_contains("capabilities")) {
    if (grants->is_string() && grants->get_string() == "all") {
      command.emplace_back("--allow-all");
      out.warnings.emplace_back("capabilities: \"all\" lets the program do anything");
    } else if (grants->is_string() && grants->get_string() == "none") {
      command.emplace_back("--no-default-grants");
    } else if (const auto* by_name = grants->if_object()) {
      for (const auto& [name, patterns] : *by_name) {
        const std::string known(name);
        if (patterns.is_bool() && patterns.get_bool())
          command.insert(command.end(), {"--grant", known.find('.') == known.npos ? known + ".*" : known});
        for (const std::string& pattern : words(patterns))
          for (const std::string& grant : grants_of(known, pattern))
            command.insert(command.end(), {"--grant", grant});
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

LaunchArguments read_attach(const json::object& arguments, std::string& problem) {
  LaunchArguments out;
  out.plan.how = Start::attach;
  std::error_code failed;
  out.plan.folder = text_of(arguments, "cwd", fs::current_path(failed).string());
  read_wishes(arguments, out, problem);
  out.plan.how = Start::attach;
  out.profile_open = text_of(arguments, "profileOpen", "lens");
  if (const auto* profile = arguments.if_contains("profile");
      profile && !read_profile(*profile, out, problem))
    return out;
  out.profile_attached = std::exchange(out.profile, false);
  out.profile_mode = text_of(arguments, "profileMode");
  if (!out.profile_mode.empty() && !profiler::is_mode(out.profile_mode))
    problem = "profileMode: '" + out.profile_mode + "' is unknown: auto, sample, exact";
  if (!problem.empty()) return out;
  out.plan.socket = text_of(arguments, "listenSocket");
  out.plan.port = static_cast<int>(number_of(arguments, "port"));
  out.plan.attach_token = text_of(arguments, "token");
  if (const auto* process = arguments.if_contains("processId");
      process && out.plan.socket.empty() && out.plan.port == 0) {
    read_process(*process, out.plan, problem);
    if (!problem.empty()) return out;
  }
  const std::string host = text_of(arguments, "host", "127.0.0.1");
  if (out.plan.socket.empty() && (out.plan.port <= 0 || out.plan.port > 65535)) {
    problem =
        "attach: 'port' (with 'token') or 'listenSocket' is missing: where `mlpy run --debug-listen` listens";
  } else if (host != "127.0.0.1" && host != "localhost") {
    problem = "attach: 'host' can only be this machine, not " + host;
  }
  return out;
}

}  // namespace ml::dap
