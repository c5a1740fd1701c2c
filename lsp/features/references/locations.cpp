#include "lsp/features/references/locations.h"

namespace ml::lsp {

bool is_streamed(const Ask& ask) {
  const json::value* token = ask.find("/partialResultToken");
  return token && (token->is_string() || token->is_number());
}

std::optional<json::object> Locations::of(const std::string& file, Span span, Mark mark) {
  const auto place = range(file, span, mark);
  if (!place) return std::nullopt;
  return json::object{{"uri", ask_.snapshot.uri_of(file)}, {"range", to_json(*place)}};
}

std::optional<Range> Locations::range(const std::string& file, Span span, Mark mark) {
  if (mark.ascii && !ask_.snapshot.open().contains(file))
    return Range{{mark.line, mark.column}, {mark.line, mark.column + span.size()}};
  const auto [it, fresh] = files_.try_emplace(file);
  if (fresh) it->second = ask_.snapshot.file_of_key(file);
  if (!it->second) return std::nullopt;
  return it->second->text().range(span, ask_.client().encoding);
}

}  // namespace ml::lsp
