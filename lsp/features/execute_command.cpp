// workspace/executeCommand: what the server does itself (editor-protocols.md 3.9). The argument is one
// object. Documents that are no files come back as {uri, text}; ml/virtualText gives the text again.

#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "lsp/features/code_action/action.h"
#include "lsp/features/execute_command/preview.h"
#include "lsp/features/execute_command/run.h"
#include "lsp/features/registry.h"
#include "lsp/profile/requests.h"
#include "lsp/semantics/symbols.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

std::shared_ptr<const Revision> file_of(const Ask& argument) {
  const std::string uri =
      argument.find("/textDocument/uri") ? argument.text("/textDocument/uri") : argument.text("/uri");
  auto file = argument.snapshot.file(uri);
  if (!file) throw Refusal{wire::code::InvalidParams, "/uri: no such file: " + uri};
  return file;
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
    {"ml.run", [](const Ask& a) { return run_file(a, *file_of(a), false); }},
    {"ml.runProfiled", [](const Ask& a) { return run_file(a, *file_of(a), true); }},
    {"ml.applyCodeAction", apply_code_action},
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
  registry.notification("window/workDoneProgress/cancel", stop_run);
  registry.advertise([](json::object& to, const ClientInfo&) {
    json::array names;
    for (const Command& command : kCommands) names.emplace_back(wire::sv(command.name));
    to["executeCommandProvider"] = json::object{{"commands", std::move(names)}};
  });
}

}  // namespace ml::lsp
