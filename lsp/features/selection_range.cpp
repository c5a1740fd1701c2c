// textDocument/selectionRange: from the token outwards, along the syntax tree.

#include "core/syntax/symbols.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

namespace sym = syntax::sym;

// Spans from the outermost to the innermost, each larger than the next.
std::vector<Span> spans_at(const Revision& file, ByteOffset at) {
  std::vector<Span> out{{0, file.text().size()}};
  const auto add = [&](Span span) {
    if (span != out.back() && span.begin >= out.back().begin && span.end <= out.back().end && span.size() > 0)
      out.push_back(span);
  };
  // Behind a word the word is meant, not what follows.
  const std::string_view text = file.text().text();
  const auto is_word = [&](ByteOffset i) {
    return i < text.size() && (text[i] == '_' || ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z') ||
                               (text[i] >= '0' && text[i] <= '9'));
  };
  if (at > 0 && !is_word(at) && is_word(at - 1)) --at;
  TSTreeCursor cursor = ts_tree_cursor_new(file.tree().root());
  const auto item = item_at(file.module(), at);
  // Step over siblings by hand: the library's search by byte recurses into zero-width nodes. But a file has
  // many items.
  for (bool found = true, top = true; found; top = false) {
    found = false;
    if (top && item) {
      if (ts_tree_cursor_goto_first_child_for_byte(&cursor, file.module().items[*item].start) < 0) break;
    } else if (!ts_tree_cursor_goto_first_child(&cursor)) {
      break;
    }
    do {
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      const Span span = syntax::span(node);
      if (span.begin > at) break;
      if (!span.contains(at)) continue;
      add(span);
      const TSSymbol symbol = ts_node_symbol(node);
      const bool quoted = symbol == sym::String || symbol == sym::Template;
      if ((quoted || symbol == sym::Block || symbol == sym::Params || symbol == sym::Array ||
           symbol == sym::Object) &&
          span.size() >= 2 && at > span.begin && at < span.end - 1)
        add({span.begin + 1, span.end - 1});
      if (symbol == sym::Comment) {
        const std::size_t inner = text.substr(span.begin, span.size()).find_first_not_of("/#* \t");
        if (inner != text.npos && span.begin + inner <= at)
          add({static_cast<ByteOffset>(span.begin + inner), span.end});
      }
      found = true;
      break;
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}

json::value selection(const Ask& ask) {
  const auto file = ask.document();
  const json::value& positions = ask.need("/positions");
  if (!positions.is_array()) throw Refusal{wire::code::InvalidParams, "/positions is not an array"};
  json::array out;
  for (const auto& position : positions.get_array()) {
    ask.check();
    const ByteOffset at = file->text().offset(position_from(position, "/positions"), ask.client().encoding);
    json::value around;
    std::size_t depth = 0;
    std::vector<Span> spans = spans_at(*file, at);
    // A chain that nests deeper than any reader of JSON likes: the outermost are left out.
    const std::size_t first = spans.size() > 200 ? spans.size() - 200 : 0;
    for (std::size_t i = first; i < spans.size(); ++i, ++depth) {
      json::object one{{"range", ask.range(*file, spans[i])}};
      if (depth > 0) one["parent"] = std::move(around);
      around = std::move(one);
    }
    out.push_back(std::move(around));
  }
  return out;
}

}  // namespace

void add_selection_range(Registry& registry) {
  registry.request("textDocument/selectionRange", Lane::Latency, selection);
  registry.advertise([](json::object& to, const ClientInfo&) { to["selectionRangeProvider"] = true; });
}

}  // namespace ml::lsp
