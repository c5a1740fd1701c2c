// textDocument/linkedEditingRange: local names of one function, when the setting ml.linkedEditing says so.

#include "lsp/features/registry.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

json::value linked(const Ask& ask) {
  const auto file = ask.document();
  if (!ask.settings().flag("linkedEditing", false)) return nullptr;
  const auto at = symbol_at(*file, ask.offset(*file));
  if (!at || at->symbol.kind != Symbol::Kind::Local) return nullptr;
  json::array ranges;
  for (const Occurrence& o : occurrences_in(*file, at->symbol)) ranges.push_back(ask.range(*file, o.span));
  return json::object{{"ranges", std::move(ranges)}, {"wordPattern", "[A-Za-z_][A-Za-z0-9_]*"}};
}

}  // namespace

void add_linked_editing_range(Registry& registry) {
  registry.request("textDocument/linkedEditingRange", Lane::Latency, linked);
  registry.advertise([](json::object& to, const ClientInfo&) { to["linkedEditingRangeProvider"] = true; });
}

}  // namespace ml::lsp
