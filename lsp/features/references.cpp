// textDocument/references.

#include "lsp/features/references/locations.h"
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
  const bool streamed = is_streamed(ask);
  json::array out;
  Locations places(ask);
  for (const FileOccurrences& found : references_to(at->symbol, *file, ask.snapshot.modules(), ask.stop)) {
    ask.check();
    json::array part;
    for (const Occurrence& o : found.occurrences) {
      if (o.declaration && !declarations) continue;
      if (auto place = places.of(found.file, o.span, o.mark)) part.push_back(*std::move(place));
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
  registry.request("textDocument/references", Lane::Workspace, references);
  registry.advertise([](json::object& to, const ClientInfo&) { to["referencesProvider"] = true; });
}

}  // namespace ml::lsp
