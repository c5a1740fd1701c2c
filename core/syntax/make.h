#pragma once

// Subtrees as tree-sitter 0.20.7 makes them, without the generality that a grammar with aliases, conflicts or
// errors needs. Private to core/syntax.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/syntax/halves.h"
#include "core/syntax/subtree.h"

namespace ml::syntax {

struct Leaf {
  TSSymbol symbol;
  Length padding, size;
  std::uint32_t lookahead;  // bytes read behind it
  std::uint16_t state;      // of the parser that asked for it
  bool extra;
};

// A token of the generated lexer.
Subtree make_leaf(const Leaf& leaf);

// A token of the scanner, whose state is `scanner` behind it, at most 24 bytes.
Subtree make_external_leaf(const Leaf& leaf, std::string_view scanner, bool changes_scanner);

struct Production {
  TSSymbol symbol;
  std::uint16_t id;
  std::int32_t precedence;
  bool fragile;  // the parser could have gone on otherwise: not to be reused
};

// A node, which takes over the children, at most 65535. `state` is the parser's below them.
Subtree make_node(const Production& production, std::span<const Subtree> children, std::uint16_t state);

// Makes the lists of repeated elements among the children of a finished node balanced trees.
class Balancer {
 public:
  void balance_lists_in(Subtree node);

 private:
  void balance(Subtree list);
  void compress(Subtree list, unsigned count);

  std::vector<Subtree> open_, rotated_;
};

// The tree with this root, which it takes over.
TreePointer make_tree(Subtree root);

// Frees what is not going to be part of a tree.
void release(std::span<const Subtree> subtrees);

}  // namespace ml::syntax
