#pragma once

// The syntax tree of some statements as an array with their comments beside it, for the printer.

#include <tree_sitter/api.h>

#include <cstdint>
#include <vector>

#include "core/text/span.h"

namespace ml::format {

struct Node {
  TSSymbol symbol;
  TSFieldId field;     // of the parent; of a token 0 or what it is
  bool bad = false;    // a mistake is in it or next to it below the same parent: not formatted
  bool floor = false;  // a floor division is in it
  Span span;
  std::uint32_t next;  // index of the first node that is not inside this one
};

// Below this many levels a statement is not formatted.
inline constexpr unsigned kMaxLevels = 700;

class Nodes {
 public:
  // Reads the children of `parent` that touch `range`; strings and templates become leaves. Where there are
  // no errors, the tree is read by its layout (core/syntax/walk.h) if that is known, else with a cursor.
  void read(TSNode parent, Span range);

  const Node* begin() const { return nodes_.data(); }
  const Node* end() const { return nodes_.data() + nodes_.size(); }
  const Node* behind(const Node& node) const { return nodes_.data() + node.next; }
  const Node* child(const Node& node) const { return &node + 1; }
  bool is_leaf(const Node& node) const { return &node + 1 == behind(node); }
  const std::vector<Span>& comments() const { return comments_; }

 private:
  void read_by_cursor(TSNode parent, Span range);
  // A node, inside those that are open; opens it if what is in it matters.
  bool add(TSSymbol symbol, TSFieldId field, bool missing, Span span);
  void leave();

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> open_;
  std::vector<Span> comments_;
};

bool is_statement(TSSymbol symbol);

}  // namespace ml::format
