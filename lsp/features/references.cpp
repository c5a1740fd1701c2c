// textDocument/references.

#include "lsp/features/registry.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

json::value references(const Ask& ask) {
  const auto file = ask.document();
  const auto at = symbol_at(*file, ask.offset(*file));
  if (!at) return nullptr;
  bool declarations = true;
  if (const auto* value = ask.find("/context/includeDeclaration"); value && value->is_bool())
    declarations = value->get_bool();
  const bool streamed = ask.find("/partialResultToken") != nullptr;
  json::array out;
  for (const FileOccurrences& found : references_to(at->symbol, *file, ask.snapshot.modules(), ask.stop)) {
    ask.check();
    const auto revision = found.file == file->file().key ? file : ask.snapshot.file_of_key(found.file);
    if (!revision) continue;
    json::array part;
    for (const Occurrence& o : found.occurrences) {
      if (!o.declaration || declarations) part.push_back(ask.location(*revision, o.span));
    }
    if (streamed && !part.empty())
      ask.progress("partialResultToken", std::move(part));
    else
      for (auto& one : part) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

void add_references(Registry& registry) {
  registry.request("textDocument/references", Lane::Worker, references);
  registry.advertise([](json::object& to, const ClientInfo&) { to["referencesProvider"] = true; });
}

}  // namespace ml::lsp
