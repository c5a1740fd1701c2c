#pragma once

// Going through a tree several times as fast as with a TSTreeCursor, by what it is made of.

#include <tree_sitter/api.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/syntax/subtree.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

// The symbol that ts_node_symbol gives for a node whose subtree has this one.
TSSymbol public_symbol(TSSymbol symbol);

// Whether nodes with this symbol, ERROR included, have a name of their own; else they are tokens.
bool is_named(TSSymbol symbol);

// The field of each of the children of a production, 0 where there is none; null if none has one.
const std::uint8_t* fields_of(std::uint16_t production);

// At most so many nodes would a walk visit. The layout must be known.
std::size_t count_nodes(TSNode root);

// The nodes whose children are being visited; memory that may be kept from walk to walk.
struct WalkFrame {
  const Subtree *next, *end;
  ByteOffset at;  // where what stands before `next` begins
  bool visible;
  std::uint8_t field;          // if not visible: of what is in it and has none of its own
  const std::uint8_t* fields;  // of the children from `next` on; extras have none
};

inline constexpr Span kEverywhere{0, UINT32_MAX};

// Visits `root`, which has no errors in it, and the nodes below it in the order of the text, parents first:
// the nodes that ts_node_child gives, of them those that touch `within`. `enter(symbol, span)` or
// `enter(symbol, span, field)` says whether to go into the node, whose symbol is as public_symbol wants it
// and whose field is as ts_tree_cursor_current_field_id says, 0 for the root; if so, `leave()` follows what
// is inside. The layout must be known.
template <class Enter, class Leave>
void walk(TSNode root, std::vector<WalkFrame>& open, Enter&& enter, Leave&& leave,
          Span within = kEverywhere) {
  constexpr bool kWithFields = std::is_invocable_v<Enter, TSSymbol, Span, TSFieldId>;
  const auto visit = [&](Subtree subtree, Span span, std::uint8_t field) {
    if constexpr (kWithFields) {
      return enter(symbol(subtree), span, TSFieldId{field});
    } else {
      return enter(symbol(subtree), span);
    }
  };
  const auto go_into = [&](Subtree subtree, ByteOffset begin, bool visible, std::uint8_t field) {
    const Subtree *const first = children_begin(subtree), *const end = children_end(subtree);
    // All of them will be read, and in a long tree none is in the cache.
    for (const Subtree* child = first; child != end; ++child) {
      if (!is_packed(*child)) __builtin_prefetch(data(*child));
    }
    // The padding of the first child is that of its parent.
    open.push_back({first, end, first == end ? begin : begin - padding(*first), visible,
                    visible ? std::uint8_t{0} : field,
                    kWithFields && first != end ? fields_of(data(subtree)->inner.production) : nullptr});
  };
  open.clear();
  const Subtree top = identity(root);
  if (!visit(top, span(root), 0)) return;
  if (is_packed(top)) return leave();
  go_into(top, ts_node_start_byte(root), true, 0);
  while (!open.empty()) {
    WalkFrame& frame = open.back();
    if (frame.next == frame.end || frame.at > within.end) {
      const bool visible = frame.visible;
      open.pop_back();
      if (visible) leave();
      continue;
    }
    const Subtree child = *frame.next++;
    const ByteOffset begin = frame.at + padding(child), end = begin + size(child);
    frame.at = end;
    std::uint8_t field = 0;
    if constexpr (kWithFields) {
      if (!is_extra(child)) {
        if (frame.fields != nullptr) field = *frame.fields++;
        if (field == 0) field = frame.field;
      }
    }
    if (end < within.begin || begin > within.end) continue;
    if (is_packed(child)) {
      if (is_visible(child) && visit(child, {begin, end}, field)) leave();
    } else if (!is_visible(child)) {
      go_into(child, begin, false, field);
    } else if (visit(child, {begin, end}, field)) {
      go_into(child, begin, true, field);
    }
  }
}

}  // namespace ml::syntax
