#include "dap/console_options.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace ml::dap {

namespace json = wire::json;

const char* const kConsoleOptions =
    "  --break-on-entry                 stop at the first statement (always done)\n"
    "  --python PROGRAM                 the interpreter\n"
    "  --import-paths, -M FOLDERS       where modules are looked for\n"
    "  -E, --extension-path FOLDER      modules written in Python\n"
    "  --grant NAME[:PATTERN]           a capability; --allow-all: every one\n"
    "  --sandbox strict, --no-sandbox   what the kernel confines\n"
    "  --memory-limit, --cpu-timeout, --file-patterns, --allow-hosts, --allow-ports, --disable-network\n"
    "  --force-transpile                compile anew\n";

namespace {

struct Option {
  std::string_view name, attribute, part;  // part: of the attribute, an object
  bool takes_value, many;
};

constexpr Option kOptions[] = {
    {"--python", "python", "", true, false},
    {"--import-paths", "modulePaths", "", true, true},
    {"--ml-module-path", "modulePaths", "", true, true},
    {"-M", "modulePaths", "", true, true},
    {"--extension-path", "extensionPaths", "", true, true},
    {"-E", "extensionPaths", "", true, true},
    {"--force-transpile", "forceTranspile", "", false, false},
    {"--memory-limit", "sandbox", "memoryLimit", true, false},
    {"--cpu-timeout", "sandbox", "cpuTimeout", true, false},
    {"--file-patterns", "sandbox", "filePatterns", true, true},
    {"--allow-hosts", "sandbox", "allowHosts", true, true},
    {"--allow-ports", "sandbox", "allowPorts", true, true},
};

json::object& object_in(json::object& launch, std::string_view name) {
  json::value& value = launch[wire::sv(name)];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

void add(json::object& to, std::string_view name, std::string_view word) {
  json::value& value = to[wire::sv(name)];
  if (!value.is_array()) value = json::array();
  value.get_array().emplace_back(wire::sv(word));
}

void grant(json::object& launch, std::string_view word) {
  if (json::value& all = launch["capabilities"]; all.is_string()) return;
  const std::size_t colon = word.find(':');
  json::object& by_name = object_in(launch, "capabilities");
  if (colon == word.npos)
    by_name[wire::sv(word)] = true;
  else
    add(by_name, word.substr(0, colon), word.substr(colon + 1));
}

bool read_plain(std::string_view name, json::object& launch) {
  if (name == "--break-on-entry") return true;
  if (name == "--allow-all")
    launch["capabilities"] = "all";
  else if (name == "--no-sandbox")
    launch["sandbox"] = false;
  else if (name == "--disable-network")
    object_in(launch, "sandbox")["network"] = false;
  else
    return false;
  return true;
}

}  // namespace

ConsoleOptions read_console_options(int argc, const char* const* argv) {
  ConsoleOptions out;
  int at = 0;
  for (; at < argc && out.problem.empty(); ++at) {
    std::string_view name = argv[at], value;
    if (!name.starts_with('-')) break;
    if (name == "--help" || name == "-h") {
      out.help = true;
      return out;
    }
    if (read_plain(name, out.launch)) continue;
    const std::size_t equals = name.starts_with("--") ? name.find('=') : name.npos;
    const bool joined = equals != name.npos;
    if (joined) value = name.substr(equals + 1), name = name.substr(0, equals);
    const auto* option = std::ranges::find(kOptions, name, &Option::name);
    const bool known = option != std::end(kOptions), grants = name == "--grant", seals = name == "--sandbox";
    if (!known && !grants && !seals) {
      out.problem = std::string(name) + " is no option of mlpy debug";
    } else if (known && !option->takes_value) {
      out.launch[wire::sv(option->attribute)] = true;
    } else if (!joined && at + 1 == argc) {
      out.problem = std::string(name) + " needs a value";
    } else {
      if (!joined) value = argv[++at];
      if (grants) {
        grant(out.launch, value);
      } else if (seals) {
        object_in(out.launch, "sandbox")["strict"] = value == "strict";
      } else {
        json::object& to = option->part.empty() ? out.launch : object_in(out.launch, option->attribute);
        const std::string_view attribute = option->part.empty() ? option->attribute : option->part;
        if (option->many)
          add(to, attribute, value);
        else
          to[wire::sv(attribute)] = wire::sv(value);
      }
    }
  }
  if (!out.problem.empty()) return out;
  if (at == argc) {
    out.problem = "which program?";
    return out;
  }
  out.file = argv[at++];
  json::array arguments;
  bool ours = true;
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (ours && word == "--") {
      ours = false;
    } else if (!ours || word != "--break-on-entry") {
      arguments.emplace_back(wire::sv(word));
    }
  }
  out.launch["args"] = std::move(arguments);
  return out;
}

}  // namespace ml::dap
