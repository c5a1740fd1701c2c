#include "lsp/features/rename/workspace_edit.h"

namespace ml::lsp {

WorkspaceEdit::WorkspaceEdit(const Ask& ask)
    : ask_(ask),
      versions_(ask.client().can("workspace.workspaceEdit.documentChanges")),
      renames_(versions_ && ask.client().lists("workspace.workspaceEdit.resourceOperations", "rename")),
      annotations_(versions_ && ask.client().can("workspace.workspaceEdit.changeAnnotationSupport")) {}

void WorkspaceEdit::replace(const Revision& file, Span span, std::string_view text, bool unsure) {
  if (unsure && !annotations_) return;
  File& to = files_[ask_.snapshot.uri_of(file.file().key)];
  to.version = file.is_open() ? json::value(file.version()) : json::value(nullptr);
  json::object edit{{"range", ask_.range(file, span)}, {"newText", wire::sv(text)}};
  if (unsure) edit["annotationId"] = "unsure";
  annotated_ |= unsure;
  to.edits.push_back(std::move(edit));
}

void WorkspaceEdit::rename_file(const std::string& old_uri, const std::string& new_uri) {
  moves_.push_back(json::object{{"kind", "rename"}, {"oldUri", old_uri}, {"newUri", new_uri}});
}

json::object WorkspaceEdit::take() {
  json::object out;
  if (!versions_) {
    json::object changes;
    for (auto& [uri, file] : files_) changes[uri] = std::move(file.edits);
    out["changes"] = std::move(changes);
    return out;
  }
  json::array all;
  for (auto& [uri, file] : files_)
    all.push_back(json::object{{"textDocument", {{"uri", uri}, {"version", std::move(file.version)}}},
                               {"edits", std::move(file.edits)}});
  for (auto& move : moves_) all.push_back(std::move(move));
  out["documentChanges"] = std::move(all);
  if (annotated_)
    out["changeAnnotations"] = {
        {"unsure",
         {{"label", "Fields that may belong to other objects"},
          {"needsConfirmation", true},
          {"description", "It could not be proven that these are fields of the same object."}}}};
  return out;
}

}  // namespace ml::lsp
