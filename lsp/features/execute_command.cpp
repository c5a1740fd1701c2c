// workspace/executeCommand: what the server does itself (editor-protocols.md 3.9). The argument is one
// object. Documents that are no files come back as {uri, text}; ml/virtualText gives the text again.

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <system_error>

#include "lsp/features/execute_command/preview.h"
#include "lsp/features/execute_command/program.h"
#include "lsp/features/registry.h"
#include "lsp/profile/requests.h"
#include "lsp/profile/session.h"
#include "lsp/semantics/symbols.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 30ms;  // how often output of a program is read

std::shared_ptr<const Revision> file_of(const Ask& argument) {
  const std::string uri =
      argument.find("/textDocument/uri") ? argument.text("/textDocument/uri") : argument.text("/uri");
  auto file = argument.snapshot.file(uri);
  if (!file) throw Refusal{wire::code::InvalidParams, "/uri: no such file: " + uri};
  return file;
}

// The profile that a run has just left.
void load_latest(Editor& editor, const std::string& project) {
  editor.work([&editor, project] {
    RunResult result = load_run_file(project + "/.mlpy/profiles/latest.mlprof", {});
    editor.post([result = std::move(result)](Editor& e) {
      if (result.run) return show_run(e, result.run);
      e.log(MessageType::Warning, result.error);
    });
  });
}

// Reads what the program has printed, and looks again later until it has ended. `project`: where its profile
// will be; empty: it leaves none.
void follow(Editor& editor, const std::shared_ptr<RunningProgram>& program, const std::string& name,
            const std::string& project) {
  const std::string text = program->read();
  if (!text.empty())
    editor.log(MessageType::Info, text.ends_with('\n') ? text.substr(0, text.size() - 1) : text);
  if (program->ended() && text.empty()) {
    editor.log(program->exit_code() == 0 ? MessageType::Info : MessageType::Warning,
               fmt::format("{} ended with code {}", name, program->exit_code()));
    if (!project.empty()) load_latest(editor, project);
    return;
  }
  editor.post([program, name, project](Editor& e) { follow(e, program, name, project); },
              program->ended() ? 0ms : kLook);
}

json::value start(const Ask& argument, bool profiled) {
  const auto file = file_of(argument);
  if (file->file().path.empty())
    throw Refusal{wire::code::RequestFailed, "the document has to be saved first"};
  const std::string mlpy = mlpy_program();
  if (mlpy.empty()) throw Refusal{wire::code::RequestFailed, "the command mlpy is not beside the server"};
  std::vector<std::string> command{mlpy, "run", file->file().path};
  if (const std::string python = argument.settings().text("pythonPath", ""); !python.empty()) {
    command.emplace_back("--python");
    command.push_back(python);
  }
  if (profiled) command.emplace_back("--profile");
  if (const json::value* words = argument.find("/args");
      words && words->is_array() && !words->get_array().empty()) {
    command.emplace_back("--");
    for (const json::value& word : words->get_array()) {
      if (word.is_string()) command.emplace_back(wire::sv(word.get_string()));
    }
  }
  std::shared_ptr<RunningProgram> program;
  try {
    program = std::make_shared<RunningProgram>(command);
  } catch (const std::system_error& problem) {
    throw Refusal{wire::code::RequestFailed, problem.what()};
  }
  const std::string path = file->file().path;
  argument.post([program, name = path.substr(path.rfind('/') + 1),
                 project = profiled ? project_of(path) : std::string()](Editor& e) {
    follow(e, program, name, project);
  });
  return json::object{{"started", true}};
}

json::value show_references(const Ask& argument) {
  const auto file = argument.document();
  const auto at = symbol_at(*file, argument.offset(*file));
  if (!at) throw Refusal{wire::code::RequestFailed, "there is no name here"};
  std::string text = fmt::format("References of {}\n", at->symbol.name);
  json::array places;
  for (const FileOccurrences& part :
       references_to(at->symbol, *file, argument.snapshot.modules(), argument.stop)) {
    const auto where = argument.snapshot.file_of_key(part.file);
    if (!where) continue;
    for (const Occurrence& use : part.occurrences) {
      const std::uint32_t line = where->text().line_of(use.span.begin);
      text += fmt::format("{}:{}: {}\n", where->file().path.empty() ? where->file().uri : where->file().path,
                          line + 1, where->text().line_text(line));
      places.push_back(argument.location(*where, use.span));
    }
  }
  return json::object{
      {"uri", "ml-references:" + file->file().uri}, {"text", text}, {"locations", std::move(places)}};
}

json::value status(const Ask& ask) {
  return json::object{{"version", MLPY_VERSION},
                      {"indexed", ask.snapshot.indexed()},
                      {"openFiles", ask.snapshot.open().size()},
                      {"knownFiles", ask.snapshot.modules().all().size()},
                      {"folders", json::array(ask.snapshot.folders().begin(), ask.snapshot.folders().end())}};
}

json::value memory(const Ask& ask) {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  std::size_t text = 0;
  for (const auto& [key, file] : ask.snapshot.open()) text += file->text().size();
  return json::object{{"residentBytes", resident * 4096},
                      {"openTextBytes", text},
                      {"openFiles", ask.snapshot.open().size()},
                      {"knownFiles", ask.snapshot.modules().all().size()}};
}

json::value reindex(const Ask& ask) {
  ask.snapshot.modules().forget_all();
  ask.post([](Editor& e) { e.refresh("diagnostics"); });
  return nullptr;
}

json::value document(const char* prefix, const Revision& file, std::string text) {
  return json::object{{"uri", prefix + file.file().uri}, {"text", std::move(text)}};
}

json::value transpile_preview(const Ask& argument) {
  const auto file = file_of(argument);
  return document("ml-python:", *file, python_of(*file));
}

json::value report_security(const Ask& argument) {
  const auto file = file_of(argument);
  return document("ml-security:", *file, security_report(*file));
}

json::value show_fit(const Ask&) {
  throw Refusal{wire::code::RequestFailed, "how the time grows was not measured: profiles hold one run"};
}

struct Command {
  std::string_view name;
  json::value (*run)(const Ask& argument);
};
constexpr Command kCommands[] = {
    {"ml.run", [](const Ask& a) { return start(a, false); }},
    {"ml.runProfiled", [](const Ask& a) { return start(a, true); }},
    {"ml.transpilePreview", transpile_preview},
    {"ml.securityReport", report_security},
    {"ml.showReferences", show_references},
    {"ml.reindex", reindex},
    {"ml.serverStatus", status},
    {"ml.memoryReport", memory},
    {"ml.profile.load", profile_load},
    {"ml.profile.clear", profile_clear},
    {"ml.profile.compare", profile_compare},
    {"ml.profile.status", profile_status},
    {"ml.profile.hotspots", profile_hotspots},
    {"ml.profile.export", profile_export},
    {"ml.profile.goToHottest", go_to_hottest},
    {"ml.profile.showCallers", show_callers},
    {"ml.profile.showDiff", show_diff},
    {"ml.profile.showFit", show_fit},
};

json::value execute(const Ask& ask) {
  const std::string command = ask.text("/command");
  static const json::object kNothing;
  const json::value* list = ask.find("/arguments");
  const json::value* given =
      list && list->is_array() && !list->get_array().empty() ? &list->get_array().front() : nullptr;
  if (given && !given->is_object())
    throw Refusal{wire::code::InvalidParams, "/arguments/0: an object is expected"};
  const Ask argument{ask.snapshot, given ? given->get_object() : kNothing, ask.stop, ask.post, ask.progress};
  for (const Command& known : kCommands)
    if (known.name == command) return known.run(argument);
  throw Refusal{wire::code::InvalidParams, "/command: unknown command " + command};
}

}  // namespace

void add_execute_command(Registry& registry) {
  registry.request("workspace/executeCommand", Lane::Worker, execute);
  registry.advertise([](json::object& to, const ClientInfo&) {
    json::array names;
    for (const Command& command : kCommands) names.emplace_back(wire::sv(command.name));
    to["executeCommandProvider"] = json::object{{"commands", std::move(names)}};
  });
}

}  // namespace ml::lsp
