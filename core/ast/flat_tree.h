#pragma once

// The syntax tree of one item as an array: read once, which costs much of what building an item costs, and
// then walked as often as one likes.

#include <tree_sitter/api.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ast/node_kinds.h"
#include "core/syntax/walk.h"
#include "core/text/span.h"

namespace ml::ast {

struct FlatNode {
  NodeKind kind;
  bool missing;        // inserted by the parser
  Span span;           // relative to the item
  std::uint32_t next;  // index of the first node that is not inside this one
};

// Nodes in the order of the text, each before its children. Comments are left out, and so is what stands for
// a mistake between nodes (ERROR, missing_semicolon, ...): that sets `mistakes`.
class FlatTree {
 public:
  FlatTree() = default;
  ~FlatTree();
  FlatTree(const FlatTree&) = delete;
  FlatTree& operator=(const FlatTree&) = delete;

  // Replaces what was read before; pointers to nodes are valid until then. Of an item without errors the tree
  // is read by its layout (core/syntax/walk.h) if that is known, of others with a cursor.
  void read(TSNode item, const NodeKinds& kinds);

  const FlatNode& root() const { return nodes_.front(); }
  const FlatNode* first_child(const FlatNode& parent) const { return &parent + 1; }
  const FlatNode* end(const FlatNode& parent) const { return nodes_.data() + parent.next; }
  const FlatNode* behind(const FlatNode& node) const { return nodes_.data() + node.next; }
  bool mistakes() const { return mistakes_; }
  // About how many bytes the item's AST takes without its texts.
  std::size_t ast_size() const { return static_cast<std::size_t>(std::max<std::ptrdiff_t>(ast_size_, 0)); }

 private:
  void read_by_cursor(TSNode item, const NodeKinds& kinds);
  // A node, inside those that are open; opens it if there may be something in it.
  bool add(NodeKind kind, bool missing, Span span);
  void leave();

  std::vector<FlatNode> nodes_;
  std::vector<std::uint32_t> open_;  // nodes around the current one
  std::vector<syntax::WalkFrame> frames_;
  TSTreeCursor cursor_{};
  bool mistakes_ = false;
  std::ptrdiff_t ast_size_ = 0;
};

}  // namespace ml::ast
