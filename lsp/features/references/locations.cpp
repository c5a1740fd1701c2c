#include "lsp/features/references/locations.h"

namespace ml::lsp {

std::optional<json::object> Locations::of(const std::string& file, Span span, Mark mark) {
  if (mark.ascii && !ask_.snapshot.open().contains(file)) {
    const Range range{{mark.line, mark.column}, {mark.line, mark.column + span.size()}};
    return json::object{{"uri", ask_.snapshot.uri_of(file)}, {"range", to_json(range)}};
  }
  const auto [it, fresh] = files_.try_emplace(file);
  if (fresh) it->second = ask_.snapshot.file_of_key(file);
  if (!it->second) return std::nullopt;
  return ask_.location(*it->second, span);
}

}  // namespace ml::lsp
