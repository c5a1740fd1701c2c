// workspace/willRenameFiles: the imports that change when modules or folders are moved.

#include "lsp/documents/uri.h"
#include "lsp/features/registry.h"
#include "lsp/features/rename/workspace_edit.h"
#include "lsp/semantics/module_moves.h"

namespace ml::lsp {
namespace {

json::value will_rename(const Ask& ask) {
  const json::value& files = ask.need("/files");
  if (!files.is_array()) throw Refusal{wire::code::InvalidParams, "/files is not an array"};
  Moves moves;
  for (const auto& file : files.get_array()) {
    const auto uri = [&](const char* name) {
      const auto* value = file.is_object() ? file.get_object().if_contains(name) : nullptr;
      if (!value || !value->is_string())
        throw Refusal{wire::code::InvalidParams, std::string("/files/") + name + " is not a string"};
      return key_of_uri(wire::sv(value->get_string()));
    };
    const std::string from = uri("oldUri"), to = uri("newUri");
    if (from.ends_with(".ml")) {
      moves[from] = to;
      continue;
    }
    for (const auto& facts : ask.snapshot.modules().all()) {
      if (facts->key.starts_with(from + "/")) moves[facts->key] = to + facts->key.substr(from.size());
    }
  }
  WorkspaceEdit edit(ask);
  for (const auto& [key, edits] : edits_for_moves(moves, ask.snapshot.modules(), ask.stop)) {
    const auto revision = ask.snapshot.file_of_key(key);
    for (const NamedEdit& e : edits) {
      if (revision) edit.replace(*revision, e.span, e.text);
    }
  }
  if (edit.empty()) return nullptr;
  return edit.take();
}

}  // namespace

void add_will_rename_files(Registry& registry) {
  registry.request("workspace/willRenameFiles", Lane::Workspace, will_rename);
  registry.advertise([](json::object& to, const ClientInfo&) {
    const json::object ml_files{{"scheme", "file"}, {"pattern", {{"glob", "**/*.ml"}}}};
    const json::object folders{{"scheme", "file"}, {"pattern", {{"glob", "**"}, {"matches", "folder"}}}};
    const json::object both{{"filters", {ml_files, folders}}};
    to["workspace"].as_object()["fileOperations"] = {{"willRename", both},
                                                     {"didRename", both},
                                                     {"didCreate", {{"filters", json::array{ml_files}}}},
                                                     {"didDelete", both}};
  });
}

}  // namespace ml::lsp
