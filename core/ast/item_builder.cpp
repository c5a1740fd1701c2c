#include "core/ast/item_builder.h"

#include "core/ast/tokens.h"

namespace ml::ast {

ItemBuilder::ItemBuilder(const NodeKinds& kinds, std::string_view text, Interner& names, std::mutex* shared)
    : kinds_(kinds), text_(text), names_(names), shared_(shared), yield_(names.intern("yield")), seen_(1024) {
  scratch_.reserve(256);
  for (const std::string_view word : reserved_words()) {
    const NameId id = names.intern(word);
    if (id.raw >= reserved_.size()) reserved_.resize(id.raw + 1);
    reserved_[id.raw] = true;
  }
}

void ItemBuilder::build(TSNode node, Item& item) {
  tree_.read(node, kinds_);
  const ByteOffset begin = ts_node_start_byte(node), end = ts_node_end_byte(node);
  item.arena = Arena(end - begin + tree_.ast_size());
  item.text = item.arena.text(text_.substr(begin, end - begin));
  item_ = &item;
  refused_ = ts_node_has_error(node) || tree_.mistakes();
  too_deep_ = false;
  depth_ = nesting_ = 0;
  context_ = {};
  item.stmt = statement(tree_.root());
  item.refused = refused_;
  item.too_deep = too_deep_;
  item_ = nullptr;
}

NameId ItemBuilder::intern(std::string_view word) {
  const auto ask = [&] {
    if (shared_ == nullptr) return names_.intern(word);
    if (const auto known = known_.find(word); known != known_.end()) return known->second;
    const std::lock_guard lock(*shared_);
    const NameId name = names_.intern(word);
    known_.emplace(names_.text(name), name);
    return name;
  };
  if (word.empty()) return ask();
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(word[i]); };
  const std::size_t hash =
      at(0) * 31u + at(word.size() / 2) * 131u + at(word.size() - 1) * 7u + word.size() * 257u;
  SeenWord& seen = seen_[hash % seen_.size()];
  if (seen.word != word) {
    seen.name = ask();
    seen.word = names_.text(seen.name);
  }
  return seen.name;
}

const FlatNode ItemBuilder::kNoNode{NodeKind::Unknown, false, {}, 0};

ItemBuilder::Children::Children(ItemBuilder& builder, Child parent)
    : builder_(builder), begin_(builder.scratch_.size()), end_(begin_) {
  if (is_null(parent)) return;
  const FlatTree& tree = builder.tree_;
  for (const FlatNode* child = tree.first_child(parent); child != tree.end(parent);
       child = tree.behind(*child)) {
    builder.scratch_.push_back(child);
    named_count_ += child->kind != NodeKind::Token;
  }
  end_ = builder.scratch_.size();
}

const FlatNode& ItemBuilder::Children::named(std::size_t n) const {
  if (n < passed_) at_ = passed_ = 0;
  for (; begin_ + at_ < end_; ++at_) {
    const FlatNode* child = builder_.scratch_[begin_ + at_];
    if (child->kind == NodeKind::Token) continue;
    if (passed_ == n) return *child;
    ++passed_;
  }
  return kNoNode;
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
