#include "core/ast/item_builder.h"

#include "core/ast/tokens.h"

namespace ml::ast {

ItemBuilder::ItemBuilder(const NodeKinds& kinds, std::string_view text, Interner& names)
    : kinds_(kinds), text_(text), names_(names), yield_(names.intern("yield")), cursor_{} {
  scratch_.reserve(256);
  for (const std::string_view word : reserved_words()) {
    const NameId id = names.intern(word);
    if (id.raw >= reserved_.size()) reserved_.resize(id.raw + 1);
    reserved_[id.raw] = true;
  }
}

ItemBuilder::~ItemBuilder() {
  if (cursor_.tree) ts_tree_cursor_delete(&cursor_);
}

void ItemBuilder::build(TSNode node, Item& item) {
  if (!cursor_.tree) cursor_ = ts_tree_cursor_new(node);
  item_ = &item;
  start_ = ts_node_start_byte(node);
  refused_ = ts_node_has_error(node);
  too_deep_ = false;
  depth_ = nesting_ = 0;
  context_ = {};
  item.text = item.arena.text(source(node));
  item.stmt = statement({node, kinds_.of(node)});
  item.refused = refused_;
  item.too_deep = too_deep_;
  item_ = nullptr;
}

ItemBuilder::Children::Children(ItemBuilder& builder, TSNode node)
    : builder_(builder), begin_(builder.scratch_.size()), end_(begin_) {
  if (ts_node_is_null(node)) return;
  ts_tree_cursor_reset(&builder.cursor_, node);
  if (!ts_tree_cursor_goto_first_child(&builder.cursor_)) return;
  do {
    const TSNode child = ts_tree_cursor_current_node(&builder.cursor_);
    const NodeKind kind = builder.kinds_.of(child);
    switch (kind) {
      case NodeKind::k_comment: continue;
      case NodeKind::Error:
      case NodeKind::k_missing_semicolon:
      case NodeKind::k_missing_close:
      case NodeKind::k_unexpected_character:
      case NodeKind::k_unterminated_comment: builder.refuse(); continue;
      default: builder.scratch_.push_back({child, kind});
    }
  } while (ts_tree_cursor_goto_next_sibling(&builder.cursor_));
  end_ = builder.scratch_.size();
}

ItemBuilder::Child ItemBuilder::Children::named(std::size_t n) const {
  for (std::size_t i = begin_; i < end_; ++i) {
    if (builder_.scratch_[i].kind != NodeKind::Token && n-- == 0) return builder_.scratch_[i];
  }
  return {TSNode{}, NodeKind::Unknown};
}

std::size_t ItemBuilder::Children::named_count() const {
  std::size_t n = 0;
  for (std::size_t i = begin_; i < end_; ++i) n += builder_.scratch_[i].kind != NodeKind::Token;
  return n;
}

Span first_error(TSNode node) {
  for (;;) {
    const std::uint32_t count = ts_node_child_count(node);
    bool inside = false;
    for (std::uint32_t i = 0; i < count && !inside; ++i) {
      const TSNode child = ts_node_child(node, i);
      const bool here = ts_node_is_missing(child) || ts_node_symbol(child) == static_cast<TSSymbol>(-1);
      if (here) return {ts_node_start_byte(child), ts_node_end_byte(child)};
      if (!ts_node_has_error(child)) continue;
      node = child;
      inside = true;
    }
    if (!inside) return {ts_node_start_byte(node), ts_node_end_byte(node)};
  }
}

}  // namespace ml::ast
