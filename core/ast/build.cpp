#include "core/ast/build.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "core/ast/explain.h"
#include "core/ast/item_builder.h"
#include "core/ast/node_kinds.h"
#include "core/diag/render.h"
#include "core/text/utf8.h"

namespace ml::ast {
namespace {

// A child of the root: an item, or something between items that the parser refused.
struct Entry {
  Span span;
  bool refused, too_deep;
  TSNode node;
};

const NodeKinds& node_kinds() {
  static const NodeKinds kinds(syntax::language());  // a constant
  return kinds;
}

// What lies between two items and is neither a comment nor an item gets a Bad statement of its own only when
// it is large enough to have swallowed some: later phases then know that something is missing here.
std::shared_ptr<const Item> bad_item(Span span) {
  auto item = std::make_shared<Item>();
  item->stmt = item->arena.make<BadStmt>(Stmt{StmtKind::Bad, {0, span.size()}});
  item->refused = true;
  return item;
}

void report(std::string_view text, const std::vector<Entry>& entries, DiagSink& sink) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].refused) continue;
    // The item before may be where the mistake is: a parser that repairs puts the error where it is cheapest.
    const std::size_t first = i > 0 ? i - 1 : 0;
    std::size_t last = i;
    while (last + 2 < entries.size() && (entries[last + 1].refused || entries[last + 2].refused)) ++last;
    if (last + 1 < entries.size() && entries[last + 1].refused) ++last;
    // What stands on the same line belongs to the mistake: `from a import b;` is three statements to the
    // grammar.
    while (last + 1 < entries.size()) {
      const ByteOffset end = entries[last].span.end;
      if (text.substr(end, entries[last + 1].span.begin - end).find('\n') != text.npos) break;
      ++last;
    }
    const bool to_end = last + 1 == entries.size();
    const Span region{first == 0 ? 0 : entries[first].span.begin,
                      to_end ? static_cast<ByteOffset>(text.size()) : entries[last].span.end};
    const std::size_t before = sink.found().size();
    explain(text, region, sink);
    if (sink.found().size() == before && entries[i].too_deep) {
      sink.emit(diag::NestedTooDeeply, entries[i].span).hint = "move inner parts into functions or variables";
    } else if (sink.found().size() == before) {
      const Span at = first_error(entries[i].node);
      const std::string_view found = text.substr(at.begin, std::min<std::size_t>(at.size(), 20));
      sink.emit(diag::UnexpectedToken, at, "other code",
                found.empty() ? "this" : "'" + std::string(found) + "'")
          .hint = "the grammar refuses this place";
    }
    i = last;
  }
}

}  // namespace

Module build(const syntax::Tree& tree, std::string_view text, Interner& names, const Module* previous) {
  Module module;
  const TSNode root = tree.root();
  const NodeKinds& kinds = node_kinds();
  ItemBuilder builder(kinds, text, names);
  std::unordered_map<std::uint64_t, const PlacedItem*> known;
  std::size_t next_known = 0;
  const auto find_known = [&](TSNode item_node, std::string_view source) -> const PlacedItem* {
    if (!previous) return nullptr;
    const std::uint64_t node = syntax::identity(item_node);
    const std::vector<PlacedItem>& items = previous->items;
    // Items stay in order: nearly always the next one of the previous module is the one, or the one behind an
    // edited one. tree-sitter parses statements that begin with a name anew, but the same complete text is
    // the same item.
    const bool complete = (source.ends_with(';') || source.ends_with('}')) && !ts_node_has_error(item_node);
    for (std::size_t i = next_known; i < next_known + 2 && i < items.size(); ++i) {
      const Item& item = *items[i].item;
      if (items[i].node != node && (!complete || item.refused || item.text != source)) continue;
      next_known = i + 1;
      return &items[i];
    }
    if (known.empty()) {
      for (const PlacedItem& item : items) known.emplace(item.node, &item);
    }
    const auto found = known.find(node);
    if (found == known.end()) return nullptr;
    next_known = static_cast<std::size_t>(found->second - items.data()) + 1;
    return found->second;
  };

  std::vector<Entry> entries;
  bool any_refused = false;
  const auto visit = [&](TSNode node) {
    const NodeKind kind = kinds.of(node);
    if (kind == NodeKind::k_comment) return;
    Entry entry{{ts_node_start_byte(node), ts_node_end_byte(node)}, true, false, node};
    const bool between = kind == NodeKind::Error || kind == NodeKind::Token ||
                         kind == NodeKind::k_unexpected_close || kind == NodeKind::k_unexpected_character ||
                         kind == NodeKind::k_unterminated_comment;
    if (between) {
      module.items.push_back({bad_item(entry.span), entry.span.begin, entry.span.end, 0});
    } else if (const PlacedItem* same = find_known(node, text.substr(entry.span.begin, entry.span.size()))) {
      module.items.push_back({same->item, entry.span.begin, entry.span.end, syntax::identity(node)});
      entry.refused = same->item->refused;
      entry.too_deep = same->item->too_deep;
    } else {
      auto item = std::make_shared<Item>();
      builder.build(node, *item);
      entry.refused = item->refused;
      entry.too_deep = item->too_deep;
      module.items.push_back({std::move(item), entry.span.begin, entry.span.end, syntax::identity(node)});
    }
    any_refused |= entry.refused;
    entries.push_back(entry);
  };
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  if (kinds.of(root) == NodeKind::Error && ts_node_child_count(root) == 0) {
    visit(root);
  } else if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      visit(ts_tree_cursor_current_node(&cursor));
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);

  DiagSink sink;
  if (const auto bad = find_invalid_utf8(text)) {
    sink.emit(diag::InvalidUtf8, {*bad, *bad + 1}).hint = "save the file as UTF-8";
  }
  if (any_refused) report(text, entries, sink);
  if (ts_node_has_error(root) && sink.found().empty()) {
    sink.emit(diag::UnexpectedToken, first_error(root), "other code", "this").hint =
        "the grammar refuses this place";
  }
  module.diagnostics = sink.take();
  sort_findings(module.diagnostics);
  return module;
}

}  // namespace ml::ast
