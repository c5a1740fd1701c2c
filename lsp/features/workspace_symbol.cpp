// workspace/symbol and workspaceSymbol/resolve: top-level names of the index, best matches first.

#include <algorithm>

#include "lsp/features/references/locations.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/imports.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMost = 512;

struct Hit {
  int score;
  const Export* name;
  const ModuleFacts* file;
};

json::value symbols(const Ask& ask) {
  const std::string query = ask.text("/query");
  const auto all = ask.snapshot.modules().all();
  std::vector<Hit> hits;
  for (const auto& facts : all) {
    ask.check();
    for (const Export& e : facts->exports) {
      if (e.kind == sema::VariableKind::Import || e.kind == sema::VariableKind::Loop ||
          e.kind == sema::VariableKind::Except)
        continue;
      if (const int score = fuzzy_score(query, e.name)) hits.push_back({score, &e, facts.get()});
    }
  }
  const std::size_t kept = std::min(hits.size(), kMost);
  std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(kept), hits.end(),
                    [](const Hit& a, const Hit& b) {
                      if (a.score != b.score) return a.score > b.score;
                      if (a.name->name != b.name->name) return a.name->name < b.name->name;
                      return a.file->key < b.file->key;
                    });
  hits.resize(kept);
  const bool lazy = ask.client().lists("workspace.symbol.resolveSupport.properties", "location.range");
  Locations places(ask);
  json::array out;
  for (const Hit& hit : hits) {
    const bool function = hit.name->kind == sema::VariableKind::Function;
    json::object one{{"name", hit.name->name}, {"kind", function ? 12 : 13}};
    const std::size_t slash = hit.file->key.rfind('/');
    one["containerName"] = hit.file->key.substr(slash == std::string::npos ? 0 : slash + 1);
    if (lazy) {
      one["location"] = {{"uri", ask.snapshot.uri_of(hit.file->key)}};
      one["data"] = {{"begin", hit.name->span.begin}, {"end", hit.name->span.end}};
    } else {
      const auto index = static_cast<std::size_t>(hit.name - hit.file->exports.data());
      const auto& marks = hit.file->export_marks;
      auto place = places.of(hit.file->key, hit.name->span, index < marks.size() ? marks[index] : Mark());
      if (!place) continue;
      one["location"] = *std::move(place);
    }
    out.push_back(std::move(one));
  }
  return out;
}

json::value resolve(const Ask& ask) {
  json::object symbol = ask.params;
  const auto* begin = ask.find("/data/begin");
  const auto* end = ask.find("/data/end");
  if (!begin || !end) return symbol;
  const auto file = ask.snapshot.file(ask.text("/location/uri"));
  if (!file) return symbol;
  const auto clamp = [&](std::int64_t at) {
    return static_cast<ByteOffset>(std::clamp<std::int64_t>(at, 0, file->text().size()));
  };
  const Span span{clamp(ask.integer("/data/begin")), clamp(ask.integer("/data/end"))};
  symbol["location"] = ask.location(*file, {span.begin, std::max(span.begin, span.end)});
  return symbol;
}

}  // namespace

void add_workspace_symbol(Registry& registry) {
  registry.request("workspace/symbol", Lane::Workspace, symbols);
  registry.request("workspaceSymbol/resolve", Lane::Latency, resolve);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["workspaceSymbolProvider"] = {{"resolveProvider", true}};
  });
}

}  // namespace ml::lsp
