#include "core/syntax/make.h"

#include <algorithm>
#include <cstring>

#include "core/syntax/allocator.h"
#include "core/syntax/internals.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

constexpr std::uint32_t kLongestPacked = 255;  // not packed from here on

const TSSymbolMetadata& metadata(TSSymbol symbol) {
  static const TSSymbolMetadata* const all = language()->symbol_metadata;
  return all[symbol];
}

std::uint16_t visibility(TSSymbol symbol) {
  const TSSymbolMetadata& about = metadata(symbol);
  return static_cast<std::uint16_t>((about.visible ? flag::kVisible : 0) | (about.named ? flag::kNamed : 0));
}

SubtreeData* make_data(const Leaf& leaf) {
  auto* const made = static_cast<SubtreeData*>(allocate(sizeof(SubtreeData)));
  *made = {.references = 1,
           .padding = leaf.padding,
           .size = leaf.size,
           .lookahead = leaf.lookahead,
           .error_cost = 0,
           .children = 0,
           .symbol = leaf.symbol,
           .state = leaf.state,
           .flags = static_cast<std::uint16_t>(visibility(leaf.symbol) | (leaf.extra ? flag::kExtra : 0)),
           .scanner = {}};
  return made;
}

Subtree word(const SubtreeData* made) { return reinterpret_cast<Subtree>(made); }

// A repetition that is made of shorter ones. The depth does not tell: it wraps.
bool is_list(Subtree subtree) {
  if (is_packed(subtree) || data(subtree)->children < 2) return false;
  if ((data(subtree)->flags & (flag::kVisible | flag::kNamed)) != 0) return false;
  return symbol(*children_begin(subtree)) == symbol(subtree);
}

std::uint16_t depth(Subtree subtree) {
  return is_packed(subtree) || data(subtree)->children == 0 ? 0 : data(subtree)->inner.repeat_depth;
}

Subtree* children(Subtree subtree) { return const_cast<Subtree*>(children_begin(subtree)); }
Subtree& last_child(Subtree subtree) { return *(const_cast<Subtree*>(children_end(subtree)) - 1); }

// Everything about a node that follows from its children; state, production and fragility stay but for what
// the children add.
void summarize(SubtreeData& node) {
  std::uint32_t read_end = 0, visible = 0, named = 0, nodes = 1;
  std::int32_t precedence = 0;
  std::uint16_t inherited = 0;
  const Subtree* const end = reinterpret_cast<const Subtree*>(&node);
  const Subtree* const begin = end - node.children;
  for (const Subtree* at = begin; at != end; ++at) {
    const Subtree child = *at;
    if (is_packed(child)) {
      const auto padding_bytes = static_cast<std::uint32_t>(child >> 48 & 0xFF);
      const auto bytes = static_cast<std::uint32_t>(child >> 56);
      const auto rows = static_cast<std::uint32_t>(child >> 40 & 0xF);
      const auto columns = static_cast<std::uint32_t>(child >> 32 & 0xFF);
      if (at == begin) {
        node.padding = {padding_bytes, {rows, columns}};
        node.size = {bytes, {0, bytes}};
      } else {
        node.size = node.size + Length{padding_bytes, {rows, columns}};
        node.size.bytes += bytes;
        node.size.extent.column += bytes;
      }
      read_end = std::max(
          read_end, node.padding.bytes + node.size.bytes + static_cast<std::uint32_t>(child >> 44 & 0xF));
      if ((child & packed::kVisible) != 0) {
        ++visible;
        if ((child & packed::kNamed) != 0) ++named;
      }
      ++nodes;
      continue;
    }
    const SubtreeData& inside = *data(child);
    if (at == begin) {
      node.padding = inside.padding;
      node.size = inside.size;
    } else {
      node.size = node.size + (inside.padding + inside.size);
    }
    read_end = std::max(read_end, node.padding.bytes + node.size.bytes + inside.lookahead);
    inherited |= inside.flags & (flag::kExternal | flag::kChangesScanner);
    const bool is_inner = inside.children > 0;
    nodes += is_inner ? inside.inner.nodes : 1;
    if (is_inner) precedence += inside.inner.precedence;
    if ((inside.flags & flag::kVisible) != 0) {
      ++visible;
      if ((inside.flags & flag::kNamed) != 0) ++named;
    } else if (is_inner) {
      visible += inside.inner.visible_children;
      named += inside.inner.named_children;
    }
  }
  node.lookahead = read_end - node.size.bytes - node.padding.bytes;
  node.inner.visible_children = visible;
  node.inner.named_children = named;
  node.inner.nodes = nodes;
  node.inner.precedence = precedence;
  node.inner.repeat_depth = 0;
  node.flags =
      static_cast<std::uint16_t>((node.flags & ~(flag::kExternal | flag::kChangesScanner)) | inherited);
  if (begin == end) return;
  const Subtree first = *begin, last = *(end - 1);
  if (is_packed(first) || data(first)->children == 0) {
    node.inner.first_leaf = symbol(first);
    node.inner.first_leaf_state = state(first);
  } else {
    node.inner.first_leaf = data(first)->inner.first_leaf;
    node.inner.first_leaf_state = data(first)->inner.first_leaf_state;
  }
  unsigned flags = node.flags;
  if (!is_packed(first)) flags |= data(first)->flags & unsigned{flag::kFragileLeft};
  if (!is_packed(last)) flags |= data(last)->flags & unsigned{flag::kFragileRight};
  node.flags = static_cast<std::uint16_t>(flags);
  if (is_list(word(&node))) {
    node.inner.repeat_depth = static_cast<std::uint16_t>(std::max(depth(first), depth(last)) + 1);
  }
}

}  // namespace

Subtree make_leaf(const Leaf& leaf) {
  const bool is_small = leaf.symbol <= UINT8_MAX && leaf.padding.bytes < kLongestPacked &&
                        leaf.padding.extent.row < 16 && leaf.padding.extent.column < kLongestPacked &&
                        leaf.size.extent.row == 0 && leaf.size.extent.column < kLongestPacked &&
                        leaf.lookahead < 16;
  if (!is_small) return word(make_data(leaf));
  const TSSymbolMetadata& about = metadata(leaf.symbol);
  return packed::kPacked | (about.visible ? packed::kVisible : 0) | (about.named ? packed::kNamed : 0) |
         (leaf.extra ? packed::kExtra : 0) | Subtree{leaf.symbol} << 8 | Subtree{leaf.state} << 16 |
         Subtree{leaf.padding.extent.column} << 32 | Subtree{leaf.padding.extent.row} << 40 |
         Subtree{leaf.lookahead} << 44 | Subtree{leaf.padding.bytes} << 48 | Subtree{leaf.size.bytes} << 56;
}

Subtree make_external_leaf(const Leaf& leaf, std::string_view scanner, bool changes_scanner) {
  SubtreeData* const made = make_data(leaf);
  made->flags |= flag::kExternal | (changes_scanner ? flag::kChangesScanner : 0);
  std::memcpy(made->scanner.state, scanner.data(), scanner.size());
  made->scanner.length = static_cast<std::uint32_t>(scanner.size());
  return word(made);
}

Subtree make_node(const Production& production, std::span<const Subtree> children, std::uint16_t state) {
  auto* const block = static_cast<Subtree*>(allocate(children.size_bytes() + sizeof(SubtreeData)));
  std::copy(children.begin(), children.end(), block);
  auto* const node = reinterpret_cast<SubtreeData*>(block + children.size());
  *node = {.references = 1,
           .padding = {},
           .size = {},
           .lookahead = 0,
           .error_cost = 0,
           .children = static_cast<std::uint16_t>(children.size()),
           .symbol = production.symbol,
           .state = state,
           .flags = visibility(production.symbol),
           .inner = {.visible_children = 0,
                     .named_children = 0,
                     .nodes = 0,
                     .precedence = 0,
                     .repeat_depth = 0,
                     .production = production.id,
                     .first_leaf = 0,
                     .first_leaf_state = 0}};
  summarize(*node);
  node->inner.precedence += production.precedence;
  if (production.fragile) {
    node->flags |= flag::kFragileLeft | flag::kFragileRight;
    node->state = UINT16_MAX;
  }
  return word(node);
}

void Balancer::balance_lists_in(Subtree node) {
  for (const Subtree* at = children_begin(node); at != children_end(node); ++at) {
    if (is_list(*at) && symbol(*at) != symbol(node)) balance(*at);
  }
}

// ts_subtree_balance, for one list.
void Balancer::balance(Subtree list) {
  const TSSymbol kind = symbol(list);
  open_.push_back(list);
  while (!open_.empty()) {
    const Subtree part = open_.back();
    open_.pop_back();
    const int excess = depth(*children(part)) - depth(last_child(part));
    if (excess > 0 && depth(part) > 0) {
      for (unsigned left = static_cast<unsigned>(excess), i = left / 2; i > 0; i /= 2) {
        compress(part, i);
        left -= i;
      }
    }
    for (const Subtree* at = children_begin(part); at != children_end(part); ++at) {
      if (is_list(*at) && symbol(*at) == kind) open_.push_back(*at);
    }
  }
}

// Turns `count` times the first child's first child up.
void Balancer::compress(Subtree list, unsigned count) {
  const TSSymbol kind = symbol(list);
  const auto goes_on = [kind](Subtree part) {
    return !is_packed(part) && data(part)->children >= 2 && data(part)->symbol == kind;
  };
  for (unsigned i = 0; i < count; ++i) {
    const Subtree child = *children(list);
    if (!goes_on(child)) break;
    const Subtree grandchild = *children(child);
    if (!goes_on(grandchild)) break;
    *children(list) = grandchild;
    *children(child) = last_child(grandchild);
    last_child(grandchild) = child;
    rotated_.push_back(list);
    list = grandchild;
  }
  for (; !rotated_.empty(); rotated_.pop_back()) {
    const Subtree above = rotated_.back(), turned = *children(above);
    summarize(*data(last_child(turned)));
    summarize(*data(turned));
    summarize(*data(above));
  }
}

TreePointer make_tree(Subtree root) {
  constexpr TSRange kEverything{{0, 0}, {UINT32_MAX, UINT32_MAX}, 0, UINT32_MAX};
  return TreePointer(ts_tree_new(root, language(), &kEverything, 1));
}

void release(std::span<const Subtree> subtrees) {
  SubtreePool pool = ts_subtree_pool_new(0);
  for (const Subtree subtree : subtrees) ts_subtree_release(&pool, subtree);
  ts_subtree_pool_delete(&pool);
}

}  // namespace ml::syntax
