#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cli/commands/commands.h"
#include "cli/commands/editor_config.h"
#include "cli/commands/profile.h"
#include "cli/commands/python.h"
#include "cli/profile_arguments.h"
#include "core/base/heap.h"
#include "core/text/nearest.h"
#include "dap/console.h"
#include "dap/server.h"
#include "lsp/server.h"

namespace {

using namespace ml::cli;

void add_source_options(CLI::App* command, SourceOptions& source) {
  command
      ->add_option("--import-paths", source.import_paths, "Folders to look for modules in, separated by ':'")
      ->allow_extra_args(false);
  command
      ->add_option("-M,--ml-module-path", source.import_paths, "Folder with modules in ML; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--host-names", source.host_names, "Names a host program would provide")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("-E,--extension-path", source.extension_paths, "Folder with modules written in Python")
      ->allow_extra_args(false);
  command->add_option("--config", source.config,
                      "Project file (else the nearest one, from the program upwards)");
  command->add_flag_callback(
      "--allow-current-dir", [&source] { source.allow_current_dir = true; },
      "Modules may lie beside the program (the default)");
  command->add_flag_callback(
      "--no-allow-current-dir", [&source] { source.allow_current_dir = false; }, "Only in the named folders");
  command->add_option("--stdlib-mode", source.stdlib_mode, "native; python is accepted and changes nothing")
      ->check(CLI::IsMember({"native", "python"}));
  command->add_option("--allow-python-modules", source.python_modules,
                      "Accepted and changes nothing: programs reach Python through extension modules (-E)");
}

void add_strictness(CLI::App* command, std::optional<Enforce>& enforce) {
  command->add_flag_callback(
      "--strict", [&enforce] { enforce = Enforce::Strict; },
      "Critical and high security findings stop the program (the default)");
  command->add_flag_callback(
      "--no-strict", [&enforce] { enforce = Enforce::Lenient; }, "Only critical ones do");
  command->add_flag_callback("--ignore-findings", [&enforce] { enforce = Enforce::Nothing; })->group("");
}

void add_python_output(CLI::App* command, std::string& mode) {
  command
      ->add_option("--emit-code", mode,
                   "Leave the Python of the program: silent (nowhere), single-file or multi-file")
      ->check(CLI::IsMember({"silent", "single-file", "multi-file"}));
}

void add_grant_options(CLI::App* command, GrantOptions& grants) {
  const auto list = [&](const char* name, auto& into, const char* help) {
    command->add_option(name, into, help)->allow_extra_args(false)->group("Capabilities");
  };
  const auto flag = [&](const char* name, bool& into, const char* help) {
    command->add_flag(name, into, help)->group("Capabilities");
  };
  list("--grant", grants.grants, "Allow a capability: name[:pattern]");
  list("--deny", grants.denies, "Forbid a capability: name[:pattern]");
  flag("--allow-all", grants.allow_all, "Allow every capability");
  flag("--no-default-grants", grants.no_defaults, "Not even the harmless ones");
  list("--capability-profile", grants.profile, "A profile of the trusted project file");
  flag("--grant-declared", grants.grant_declared, "Ask for what the program declares");
  flag("--yes", grants.yes, "Answer yes to --grant-declared");
  flag("--run-anyway", grants.run_anyway, "Start although declared needs are not granted");
  flag("--trust-project", grants.trust_project, "Trust the project file as it is now");
  list("--file-patterns", grants.file_patterns, "Allow reading and writing these files");
  list("--allow-hosts", grants.hosts, "Allow requests to this host");
  list("--allow-ports", grants.ports, "... at this port only");
  flag("--allow-network", grants.allow_network, "Allow requests to every public host");
  flag("--disable-network", grants.disable_network, "Forbid requests");
  list("--audit", grants.audit, "Write every grant, use and refusal to a file of JSON lines");
  flag("--deny-multilink", grants.deny_multilink, "Refuse to change files with more than one name");
}

// What follows the first `--` belongs to the program that is run. In `profile compare A -- B` it is a word of
// its own, behind which options may follow.
std::vector<std::string> split_program_arguments(int& argc, char** argv) {
  const bool profile = argc > 1 && std::string_view(argv[1]) == "profile";
  static std::string other_side(kOtherSide);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    if (profile) {
      argv[i] = other_side.data();
      continue;
    }
    std::vector<std::string> rest(argv + i + 1, argv + argc);
    argc = i;
    return rest;
  }
  return {};
}

// `--no-color` may stand anywhere before `--`.
void take_colours(int& argc, char** argv) {
  int kept = 1;
  bool own = true;
  for (int i = 1; i < argc; ++i) {
    own = own && std::string_view(argv[i]) != "--";
    if (own && std::string_view(argv[i]) == "--no-color")
      ::setenv("NO_COLOR", "1", 1);
    else
      argv[kept++] = argv[i];
  }
  argv[kept] = nullptr;
  argc = kept;
}

// Tells the user about a word that is no command. False when the first word is one, or an option.
bool explain_unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == argv[1]) return false;
    if (!command->get_group().empty())
      names.push_back(command->get_name());  // the others are for our own parts
  }
  ml::Nearest near(argv[1]);
  for (const std::string& name : names) near.offer(name);
  fmt::print(stderr, "mlpy: unknown command '{}'\n", argv[1]);
  if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
  fmt::print(stderr, "commands: {}\n", fmt::join(names, ", "));
  return true;
}

int run(int argc, char** argv) {
  RunOptions run_options;
  TranspileOptions transpile_options;
  CheckOptions check_options;
  AuditOptions audit_options;
  ParseOptions parse_options;
  FormatOptions format_options;
  int status = kOk;

  std::vector<std::string> command_line(argv, argv + argc);
  run_options.arguments = split_program_arguments(argc, argv);
  // Arguments of the program may be secrets: they are kept only when asked for (--profile-args).
  std::vector<std::string> own_words(argv, argv + argc);
  command_line.front() = own_words.front() = "mlpy";
  CLI::App app("mlpy: run, check and profile ML programs", "mlpy");
  app.set_version_flag("-v,--version", "mlpy version " MLPY_VERSION);
  app.require_subcommand(0, 1);
  app.footer("Start with:  mlpy run program.ml --profile");

  CLI::App* run = app.add_subcommand("run", "Run a program; arguments after -- go to the program");
  run->add_option("FILE", run_options.source.file, "The program")->required();
  add_source_options(run, run_options.source);
  add_grant_options(run, run_options.grants);
  add_sandbox_options(*run, run_options.sandbox);
  run->add_option("--python", run_options.python,
                  "Interpreter to run with (else MLPY_PYTHON, the active environment)");
  run->add_flag("--force-transpile", run_options.force_transpile, "Compile anew and refresh the cache");
  run->add_flag("--no-cache", run_options.no_cache, "Neither read nor write the cache");
  run->add_option("--debug-listen", run_options.debug_listen, "Let debuggers attach at this port or path");
  run->add_flag("--debug-wait", run_options.debug_wait, "Begin when a debugger has attached");
  run->add_flag("--quiet", run_options.quiet, "Do not print warnings");
  run->add_flag("--internal-trace", run_options.internal_trace,
                "Show the frames of mlpy, too, when the program fails");
  run->add_flag("--json", run_options.json,
                "One JSON document on standard output, with the program's output");
  add_strictness(run, run_options.source.enforce);
  add_python_output(run, run_options.emit_code);
  run->add_flag("--summary", run_options.summary,
                "After the run a table on standard error: success, value, time, memory");
  add_profile_options(run, run_options.profile);
  run->callback([&] {
    run_options.command_line = run_options.profile.arguments ? command_line : own_words;
    status = run_command(run_options);
  });

  CLI::App* transpile = app.add_subcommand("transpile", "Write the Python a program becomes");
  transpile->add_option("FILE", transpile_options.source.file, "The program")->required();
  add_source_options(transpile, transpile_options.source);
  transpile->add_option("-o,--output", transpile_options.output, "Where to write; - is standard output");
  transpile->add_flag("--sourcemap", transpile_options.source_map, "Write a version 3 source map beside it");
  transpile->add_flag("--force", transpile_options.force, "Replace a file that mlpy did not write");
  transpile->add_flag("--check", transpile_options.check, "Write nothing");
  add_python_output(transpile, transpile_options.emit_code);
  add_strictness(transpile, transpile_options.source.enforce);
  add_profile_options(transpile, transpile_options.profile);
  transpile->callback([&] {
    transpile_options.command_line = own_words;
    status = transpile_command(transpile_options);
  });

  CLI::App* check = app.add_subcommand("check", "Report errors and warnings without running");
  check->add_option("FILES", check_options.files, "Programs or folders")->required();
  add_source_options(check, check_options.source);
  check->add_flag("--json", check_options.json, "One JSON document on standard output");
  check->add_flag("--all", check_options.all, "Also report notes of severity info");
  check->add_flag("--werror", check_options.werror, "Warnings fail the check");
  add_strictness(check, check_options.source.enforce);
  check->callback([&] { status = check_command(check_options); });

  for (const std::string name : {"audit", "analyze", "security-analyze"}) {
    const bool report = name == "security-analyze";
    CLI::App* audit = app.add_subcommand(name, report            ? "A report of the security findings"
                                               : name == "audit" ? "Show the security findings of a program"
                                                                 : "The same as audit");
    audit->add_option("FILE", audit_options.source.file, "The program")->required();
    add_source_options(audit, audit_options.source);
    audit->add_option("--format", audit_options.format, report ? "text, json or html" : "text or json")
        ->check(report ? CLI::IsMember({"text", "json", "html"}) : CLI::IsMember({"text", "json"}));
    audit->add_flag("--deep-analysis", audit_options.deep, "Follow data through the program (always done)");
    audit->add_option("--threat-level", audit_options.threat_level, "critical, high, medium, low or all")
        ->check(CLI::IsMember({"critical", "high", "medium", "low", "all"}));
    if (report) {
      audit->add_option("-o,--output", audit_options.output, "Where to write the report");
      audit->add_flag("--include-flow-diagram", audit_options.flow_diagram, "Show the ways of tainted data");
    }
    audit->callback([&, report] {
      audit_options.report = report;
      audit_options.deep = audit_options.deep || report;
      status = audit_command(audit_options);
    });
  }

  CLI::App* parse = app.add_subcommand("parse", "Print the syntax tree");
  parse->add_option("FILE", parse_options.file, "The program")->required();
  parse->add_option("--format", parse_options.format, "tree, json or sexp")
      ->check(CLI::IsMember({"tree", "json", "sexp"}));
  parse->callback([&] { status = parse_command(parse_options); });

  CLI::App* format = app.add_subcommand("fmt", "Format programs in place");
  format->add_option("FILES", format_options.files, "Programs or folders; - is standard input")->required();
  format->add_flag("--check", format_options.check, "Write nothing; fail when a file is not formatted");
  format->add_flag("--diff", format_options.diff, "Write nothing; print what would change");
  format->add_option("--line-width", format_options.line_width, "Longest line (100)")
      ->check(CLI::Range(20, 1000));
  format->add_option("--indent", format_options.indent, "Columns of a level (4)")->check(CLI::Range(1, 16));
  format->add_flag("--tabs", format_options.tabs, "A tab for each level");
  format->add_option("--quotes", format_options.quotes, "keep, double or single")
      ->check(CLI::IsMember({"keep", "double", "single"}));
  format->callback([&] { status = format_command(format_options); });

  add_cache_command(app, status);

  std::string editor;
  CLI::App* editor_config =
      app.add_subcommand("editor-config", "Print what an editor needs to know about mlpy");
  editor_config->add_option("NAME", editor, fmt::format("{}", fmt::join(editor_names(), ", ")))->required();
  editor_config->callback([&] { status = editor_config_command(editor); });

  app.add_subcommand("lsp", "The language server, for editors");  // main has taken it already
  app.add_subcommand("dap", "The debug adapter, for editors");    // likewise
  app.add_subcommand("debug-adapter", "The same");
  app.add_subcommand("debug", "Debug a program in the terminal");
  for (const PythonCommand& command : python_commands())  // and these
    app.add_subcommand(std::string(command.name), std::string(command.help));

  CLI::App* catalogue = app.add_subcommand("stdlib-catalogue", "Print the catalogue of the standard library");
  bool catalogue_json = true;  // JSON is the only form
  catalogue->add_flag("--json", catalogue_json, "As JSON");
  catalogue->callback([&] { status = catalogue_command(); });

  add_profile_commands(app, status);

  if (explain_unknown_command(app, argc, argv)) return kUsage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);
    app.exit(problem);
    return kUsage;
  }
  if (app.get_subcommands().empty()) fmt::print("{}", app.help());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  ml::keep_freed_memory();
  try {
    take_colours(argc, argv);
    // Before CLI11: editors append options of their own.
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "lsp" || first == "--lsp") return ml::lsp::lsp_main(argc - 2, argv + 2);
    if (first == "debug") return ml::dap::debug_main(argc - 2, argv + 2);
    if (first == "dap" || first == "debug-adapter") return ml::dap::dap_main(argc - 2, argv + 2);
    const bool facts =
        (first == "--version" || first == "-v") && argc > 2 && argv[2] == std::string_view("--json");
    if (argc > 1 && (facts || is_python_command(argv[1]))) return exec_python_command(argc, argv);
    return run(argc, argv);
  } catch (const std::exception& defect) {
    fmt::print(stderr, "mlpy: internal error: {}\nThis is a defect of mlpy; please report it.\n",
               defect.what());
    return kInternal;
  }
}
