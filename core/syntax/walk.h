#pragma once

// Going through a tree several times as fast as with a TSTreeCursor, by what it is made of.

#include <tree_sitter/api.h>

#include <vector>

#include "core/syntax/subtree.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

// The symbol that ts_node_symbol gives for a node whose subtree has this one.
TSSymbol public_symbol(TSSymbol symbol);

// The nodes whose children are being visited; memory that may be kept from walk to walk.
struct WalkFrame {
  const Subtree *next, *end;
  ByteOffset at;  // where what stands before `next` begins
  bool visible;
};

// Visits `root`, which has no errors in it, and the nodes below it in the order of the text, parents first:
// the nodes that ts_node_child gives. `enter(symbol, span)` says whether to go into the node, whose symbol is
// as public_symbol wants it; if so, `leave()` follows what is inside. The layout must be known.
template <class Enter, class Leave>
void walk(TSNode root, std::vector<WalkFrame>& open, Enter&& enter, Leave&& leave) {
  const auto go_into = [&](Subtree subtree, ByteOffset begin, bool visible) {
    const Subtree *const first = children_begin(subtree), *const end = children_end(subtree);
    // All of them will be read, and in a long tree none is in the cache.
    for (const Subtree* child = first; child != end; ++child) {
      if (!is_packed(*child)) __builtin_prefetch(data(*child));
    }
    // The padding of the first child is that of its parent.
    open.push_back({first, end, first == end ? begin : begin - padding(*first), visible});
  };
  open.clear();
  const Subtree top = identity(root);
  if (!enter(symbol(top), span(root))) return;
  if (is_packed(top)) return leave();
  go_into(top, ts_node_start_byte(root), true);
  while (!open.empty()) {
    WalkFrame& frame = open.back();
    if (frame.next == frame.end) {
      const bool visible = frame.visible;
      open.pop_back();
      if (visible) leave();
      continue;
    }
    const Subtree child = *frame.next++;
    const ByteOffset begin = frame.at + padding(child), end = begin + size(child);
    frame.at = end;
    if (is_packed(child)) {
      if (is_visible(child) && enter(symbol(child), Span{begin, end})) leave();
    } else if (!is_visible(child)) {
      go_into(child, begin, false);
    } else if (enter(symbol(child), Span{begin, end})) {
      go_into(child, begin, true);
    }
  }
}

}  // namespace ml::syntax
