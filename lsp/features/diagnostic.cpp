// textDocument/diagnostic and workspace/diagnostic: the client asks.

#include <algorithm>

#include "lsp/features/references/locations.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/scope.h"
#include "lsp/server/diagnostics.h"

namespace ml::lsp {
namespace {

std::string result_id(const json::array& diagnostics) {
  return std::to_string(std::hash<std::string>()(wire::write_json(diagnostics)));
}

json::object report(json::array items, const json::value* previous) {
  std::string id = result_id(items);
  if (previous && previous->is_string() && wire::sv(previous->get_string()) == id)
    return {{"kind", "unchanged"}, {"resultId", std::move(id)}};
  return {{"kind", "full"}, {"resultId", std::move(id)}, {"items", std::move(items)}};
}

// Reports of the open documents that import the file: what they say depends on it.
json::object dependants(const Ask& ask, const std::string& key) {
  json::object out;
  for (const auto& [other, file] : ask.snapshot.open()) {
    if (other == key) continue;
    ask.check();
    const auto imports = [&key, &in = *file](const ImportLine& line) {
      const auto* import = import_named(in, line.dotted);
      return import && import->file == key;
    };
    if (std::ranges::any_of(file->parsed().import_lines, imports))
      out[file->file().uri] = report(diagnostics_of(*file->up_to_date(), ask.snapshot), nullptr);
  }
  return out;
}

json::value document(const Ask& ask) {
  const auto file = ask.document()->up_to_date();
  json::object out = report(diagnostics_of(*file, ask.snapshot), ask.find("/previousResultId"));
  if (ask.client().can("textDocument.diagnostic.relatedDocumentSupport")) {
    if (json::object related = dependants(ask, file->file().key); !related.empty())
      out["relatedDocuments"] = std::move(related);
  }
  return out;
}

// Closed files only when the settings want them.
json::value workspace(const Ask& ask) {
  std::map<std::string, const json::value*> previous;
  if (const auto* list = ask.find("/previousResultIds"); list && list->is_array()) {
    for (const auto& entry : list->get_array()) {
      const auto* object = entry.if_object();
      const auto* uri = object ? object->if_contains("uri") : nullptr;
      if (uri && uri->is_string())
        previous[std::string(wire::sv(uri->get_string()))] = object->if_contains("value");
    }
  }
  json::array items;
  const bool streamed = is_streamed(ask);
  const auto add = [&](const Revision& file) {
    ask.check();
    const std::string uri = ask.snapshot.uri_of(file.file().key);
    const auto before = previous.find(uri);
    json::object one =
        report(diagnostics_of(file, ask.snapshot), before == previous.end() ? nullptr : before->second);
    one["uri"] = uri;
    one["version"] = file.is_open() ? json::value(file.version()) : json::value(nullptr);
    if (streamed)
      ask.progress("partialResultToken", json::object{{"items", json::array{std::move(one)}}});
    else
      items.push_back(std::move(one));
  };
  for (const auto& [key, file] : ask.snapshot.open()) add(*file->up_to_date());
  if (ask.settings().workspace_diagnostics) {
    for (const auto& facts : ask.snapshot.modules().all()) {
      if (ask.snapshot.open().contains(facts->key)) continue;
      if (const auto file = ask.snapshot.modules().revision(facts->key)) add(*file);
    }
  }
  return json::object{{"items", std::move(items)}};
}

}  // namespace

void add_diagnostic(Registry& registry) {
  registry.request("textDocument/diagnostic", Lane::Latency, document);
  registry.request("workspace/diagnostic", Lane::Workspace, workspace);
  registry.advertise([](json::object& to, const ClientInfo& client) {
    if (client.pulls_diagnostics())
      to["diagnosticProvider"] = {
          {"identifier", "ml"}, {"interFileDependencies", true}, {"workspaceDiagnostics", true}};
  });
}

}  // namespace ml::lsp
