#include "cli/sandbox_options.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <CLI/CLI.hpp>
#include <cstdio>

namespace ml::cli {
namespace {

using sandbox::Limits;
using sandbox::Mode;

void complain(const std::string& text) { fmt::print(stderr, "mlpy: {}\n", text); }

bool read_size(const char* option, const std::string& text, std::optional<std::uint64_t>& into) {
  if (text.empty()) return true;
  into = sandbox::parse_size(text);
  if (!into) complain(fmt::format("{}: '{}' is no size (such as 500KB, 100MB, 1GB)", option, text));
  return into.has_value();
}

// Patterns of variables from grants such as `env.read:APP_*`.
void add_variables(const std::vector<std::string>& grants, std::vector<std::string>& patterns) {
  for (const std::string& grant : grants) {
    const std::size_t colon = grant.find(':');
    const std::string name = grant.substr(0, colon);
    if (name == "env.read" || name == "env.*")
      patterns.push_back(colon == std::string::npos ? "*" : grant.substr(colon + 1));
  }
}

bool read_limits(const SandboxArguments& arguments, Limits& limits) {
  bool good = read_size("--memory-limit", arguments.memory, limits.memory);
  good = read_size("--file-size", arguments.file, limits.file) && good;
  good = read_size("--temp-size", arguments.temp, limits.folder) && good;
  good = read_size("--write-total", arguments.written, limits.written) && good;
  good = read_size("--output-limit", arguments.output, limits.output) && good;
  good = read_size("--http-limit", arguments.http, limits.requests) && good;
  for (const auto& seconds : {arguments.cpu, arguments.wall})
    if (seconds && *seconds < 0) complain("a time limit cannot be negative"), good = false;
  limits.cpu = arguments.cpu;
  limits.wall = arguments.wall;
  return good;
}

}  // namespace

void add_sandbox_options(CLI::App& command, SandboxArguments& into) {
  const auto option = [&](const char* name, auto& place, const char* help) {
    return command.add_option(name, place, help)->allow_extra_args(false)->group("Sandbox");
  };
  option("--sandbox", into.mode, "on, strict (limits, no input) or off")
      ->check(CLI::IsMember({"on", "strict", "off"}));
  command.add_flag("--no-sandbox", into.none, "No isolation by the kernel")->group("Sandbox");
  command.add_flag("--i-trust-this-program", into.trusted, "Needed for --sandbox off")->group("Sandbox");
  option("--allow-weaker", into.weaker, "Start although this layer is missing")
      ->delimiter(',')
      ->check(CLI::IsMember(
          {"rlimits", "no_new_privs", "seccomp", "landlock", "self-test", "namespaces", "cgroup", "all"}));
  command.add_flag("--stdin", into.standard_input, "Standard input also with --sandbox strict")
      ->group("Sandbox");
  option("--memory-limit", into.memory, "Memory of the program, such as 100MB");
  option("--cpu-timeout", into.cpu, "Processor seconds; 0: no limit");
  option("--timeout,--wall-timeout", into.wall, "Seconds; 0: no limit");
  option("--file-size", into.file, "Largest file it may write");
  option("--write-total", into.written, "What it may write in all");
  option("--temp-size", into.temp, "What its temporary folder may hold");
  option("--output-limit", into.output, "What it may print");
  option("--http-limit", into.http, "How many requests it may make");
  command.add_flag("--raw-output", into.raw_output, "Control characters as they are, also on a terminal")
      ->group("Sandbox");
  option("--mask-layer", into.masked, "Do as if this layer did not exist")->delimiter(',')->group("");
}

std::optional<sandbox::Options> sandbox_options(const SandboxArguments& arguments, const GrantOptions& grants,
                                                const TrustedProject& project) {
  sandbox::Options options;
  const bool debugged = std::getenv("MLPY_DEBUG_SOCKET") != nullptr;
  options.mode = arguments.none || arguments.mode == "off" ? Mode::off
                 : arguments.mode == "strict"              ? Mode::strict
                                                           : Mode::on;
  if (arguments.mode == "off" && !arguments.none && !arguments.trusted) {
    complain("--sandbox off needs --i-trust-this-program");
    return std::nullopt;
  }
  if (!read_limits(arguments, options.limits)) return std::nullopt;
  if (options.mode == Mode::strict) {
    complete(options.limits, sandbox::strict_limits());
    // The time a person looks at a stopped program is not the program's.
    if (!options.limits.wall && !debugged) {
      options.limits.wall = options.limits.cpu;
      options.limits.wall_follows_cpu = true;
    }
    options.standard_input = arguments.standard_input;
  }
  // What came with a project that nobody trusts gets no more than a stranger.
  if (project.untrusted && options.mode == Mode::on) complete(options.limits, sandbox::strict_limits());
  if (options.limits.cpu == 0.0) options.limits.cpu.reset();
  if (options.limits.wall == 0.0) options.limits.wall.reset();
  if (options.mode == Mode::off)
    fmt::print(stderr, "mlpy: no sandbox: the kernel does not confine this program\n");
  options.weaker = arguments.weaker;
  options.masked = arguments.masked;
  options.raw_output = arguments.raw_output;
  if (!grants.audit.empty()) {
    options.audit = ::open(grants.audit.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (options.audit < 0) {
      complain(fmt::format("cannot write '{}': {}", grants.audit, std::strerror(errno)));
      return std::nullopt;
    }
  }
  if (debugged) {  // the agent takes these from the environment before the program begins
    options.variables.emplace_back("MLPY_DEBUG_*");
    options.threads = true;
    options.own_numbers = false;  // debuggers are told the process by its number
  }
  // What --grant-declared grants, only the launcher will know.
  if (grants.allow_all || grants.grant_declared) options.variables.emplace_back("*");
  add_variables(grants.grants, options.variables);
  add_variables(project.capabilities, options.variables);
  if (const auto profile = project.profiles.find(grants.profile); profile != project.profiles.end())
    add_variables(profile->second, options.variables);
  return options;
}

bool unwatched(const sandbox::Options& options) {
  const Limits& l = options.limits;
  return options.mode == Mode::off && options.audit < 0 && !options.raw_output && !l.memory && !l.cpu &&
         !l.wall && !l.file && !l.written && !l.folder && !l.output && !l.requests;
}

}  // namespace ml::cli
