// workspace/symbol and workspaceSymbol/resolve: top-level names of the index, best matches first.

#include <algorithm>
#include <map>

#include "lsp/features/references/locations.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/imports.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMost = 512, kPart = 64;  // results: in all, and in each part that is streamed

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

struct Hit {
  int score;
  const Export* name;
  const ModuleFacts* file;
};

// Names need no escapes; bytes that are no UTF-8 do.
std::string name_of(const Export& e) {
  const bool ascii =
      std::ranges::all_of(e.name(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? '"' + std::string(e.name()) + '"' : wire::write_json(wire::sv(e.name()));
}

std::string position(Position at) {
  std::string out = R"({"line":)";
  wire::append_number(out, at.line);
  out += R"(,"character":)";
  wire::append_number(out, at.character);
  return out + "}";
}

// What the results from one file have in common.
struct Home {
  std::string container, uri;  // as JSON
};

wire::WrittenJson symbols(const Ask& ask) {
  const std::string query = ask.text("/query");
  const auto all = ask.snapshot.modules().all();
  std::vector<Hit> hits;
  std::size_t most = 0;
  for (const auto& facts : all) most += facts->exports.size();
  hits.reserve(most);
  for (const auto& facts : all) {
    ask.check();
    for (const Export& e : facts->exports) {
      if (e.kind() == sema::VariableKind::Import || e.kind() == sema::VariableKind::Loop ||
          e.kind() == sema::VariableKind::Except)
        continue;
      if (const int score = fuzzy_score(query, e.name())) hits.push_back({score, &e, facts.get()});
    }
  }
  const std::size_t kept = std::min(hits.size(), kMost);
  std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(kept), hits.end(),
                    [](const Hit& a, const Hit& b) {
                      if (a.score != b.score) return a.score > b.score;
                      if (a.name->name() != b.name->name()) return a.name->name() < b.name->name();
                      return a.file->key < b.file->key;
                    });
  hits.resize(kept);
  const bool lazy = ask.client().lists("workspace.symbol.resolveSupport.properties", "location.range");
  Locations places(ask);
  std::map<const ModuleFacts*, Home> homes;
  wire::WrittenJson out{"["};
  const bool streamed = is_streamed(ask);
  std::size_t in_part = 0;
  const auto send_part = [&] {
    std::string problem;
    if (auto part = wire::parse_json(out.text + ']', problem); part && in_part > 0)
      ask.progress("partialResultToken", *std::move(part));
    out.text = "[";
    in_part = 0;
  };
  for (const Hit& hit : hits) {
    const auto [home, fresh] = homes.try_emplace(hit.file);
    if (fresh) {
      home->second.container = wire::write_json(wire::sv(file_name(hit.file->key)));
      home->second.uri = wire::write_json(json::value(ask.snapshot.uri_of(hit.file->key)));
    }
    std::string location;
    if (lazy) {
      location = R"({"uri":)" + home->second.uri + R"(},"data":{"begin":)";
      wire::append_number(location, hit.name->span.begin);
      location += R"(,"end":)";
      wire::append_number(location, hit.name->span.end);
      location += '}';
    } else {
      const auto index = static_cast<std::size_t>(hit.name - hit.file->exports.data());
      const auto& marks = hit.file->export_marks;
      const auto range =
          places.range(hit.file->key, hit.name->span, index < marks.size() ? marks[index] : Mark());
      if (!range) continue;
      location = R"({"uri":)" + home->second.uri + R"(,"range":{"start":)" + position(range->start) +
                 R"(,"end":)" + position(range->end) + "}}";
    }
    const bool function = hit.name->kind() == sema::VariableKind::Function;
    if (out.text.size() > 1) out.text += ',';
    out.text += R"({"name":)" + name_of(*hit.name) + R"(,"kind":)" + (function ? "12" : "13") +
                R"(,"containerName":)" + home->second.container + R"(,"location":)" + location + "}";
    if (++in_part == kPart && streamed) send_part();
  }
  if (streamed) send_part();
  out.text += ']';
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
