// textDocument/codeLens: costs of functions, Run, Debug and Profile above the program and above tests, and
// the number of references (editor-protocols.md 3.7). A lens whose command the client cannot run is left out,
// unless the server runs it.

#include <algorithm>

#include "lsp/features/references/locations.h"
#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

using namespace ast;

bool runs(const ClientInfo& client, std::string_view command) {
  const auto& known = client.client_commands;
  return std::find(known.begin(), known.end(), command) != known.end();
}

bool is_program(StmtKind kind) {
  return kind != StmtKind::Import && kind != StmtKind::Function && kind != StmtKind::Capability &&
         kind != StmtKind::Empty && kind != StmtKind::Bad;
}

void add_run(const Ask& ask, const Revision& file, Span at, const std::string& test, json::array& out) {
  const auto lens = [&](const char* title, const char* command) {
    json::object argument{{"uri", file.file().uri}};
    if (!test.empty()) argument["test"] = test;
    out.push_back(json::object{{"range", ask.range(file, at)},
                               {"command", json::object{{"title", title},
                                                        {"command", command},
                                                        {"arguments", json::array{std::move(argument)}}}}});
  };
  const bool ours = test.empty() && !file.file().path.empty();
  if (ours || runs(ask.client(), "ml.run")) lens("Run", "ml.run");
  if (runs(ask.client(), "ml.debug")) lens("Debug", "ml.debug");
  if (ours || runs(ask.client(), "ml.runProfiled")) lens("Profile", "ml.runProfiled");
}

json::value lenses(const Ask& ask) {
  const auto file = ask.document();
  const bool run = ask.settings().flag("codeLens.run", true);
  const bool references = ask.settings().flag("codeLens.references", false);
  json::array out;
  add_cost_lenses(ask, *file, out);
  bool program_seen = false;
  for (const PlacedItem& item : file->module().items) {
    ask.check();
    const Stmt* s = item.item->stmt;
    if (!s) continue;
    if (run && !program_seen && is_program(s->kind)) {
      program_seen = true;
      add_run(ask, *file, {item.start, item.start}, "", out);
    }
    if (s->kind != StmtKind::Function) continue;
    const Function& f = *as<FunctionStmt>(s).function;
    const std::string name(file->names().text(f.name.name));
    const Span at = f.name.span.moved(item.start);
    if (run && name.starts_with("test_") && f.params.empty()) add_run(ask, *file, at, name, out);
    if (references) {
      json::object range = ask.range(*file, at);
      json::object data{{"textDocument", json::object{{"uri", file->file().uri}}},
                        {"position", range.at("start")}};
      out.push_back(json::object{{"range", std::move(range)}, {"data", std::move(data)}});
    }
  }
  return out;
}

json::value resolve(const Ask& ask) {
  json::object out = ask.params;
  const json::value& data = ask.need("/data");
  if (!data.is_object()) throw Refusal{wire::code::InvalidParams, "/data: an object is expected"};
  const Ask about{ask.snapshot, data.get_object(), ask.stop, ask.post, ask.progress};
  const auto file = about.document();
  const auto at = symbol_at(*file, about.offset(*file));
  std::size_t count = 0;
  json::array places;
  Locations locations(ask);
  if (at) {
    for (const FileOccurrences& part : references_to(at->symbol, *file, ask.snapshot.modules(), ask.stop)) {
      for (const Occurrence& use : part.occurrences) {
        if (use.declaration) continue;
        ++count;
        if (auto place = locations.of(part.file, use.span, use.mark)) places.push_back(*std::move(place));
      }
    }
  }
  const std::string title = std::to_string(count) + (count == 1 ? " reference" : " references");
  json::array arguments;
  std::string command = "ml.showReferences";
  if (runs(ask.client(), "editor.action.showReferences")) {
    command = "editor.action.showReferences";
    arguments = {file->file().uri, data.at("position"), std::move(places)};
  } else {
    arguments.push_back(data);
  }
  out["command"] = json::object{{"title", title}, {"command", command}, {"arguments", std::move(arguments)}};
  return out;
}

}  // namespace

void add_code_lens(Registry& registry) {
  registry.request("textDocument/codeLens", Lane::Latency, lenses);
  registry.request("codeLens/resolve", Lane::Workspace, resolve);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["codeLensProvider"] = json::object{{"resolveProvider", true}};
  });
}

}  // namespace ml::lsp
