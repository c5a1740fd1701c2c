#pragma once

// Syntax trees of ML: parsing, incremental parsing and the handle that owns a tree. NODES.md lists the nodes,
// symbols.h their constants; a tree is read with the tree-sitter API that this header includes (TSNode,
// TSTreeCursor). Parsing never fails: mistakes are nodes of the tree.
//
// Depth. Nesting is bounded by the length of the text only: nothing here and nothing in tree-sitter recurses.
// Who walks a tree by recursion must count depth and stop at kMaxDepth.
//
// Refusal. tree-sitter 0.20 cannot hold a node of more than 65535 children. No program has one: it takes so
// many brackets that are never closed. Such a text, and one that is so broken that parsing takes longer than
// kPatience, is refused: the tree is the one of an empty text, and ast::build reports it.

#include <tree_sitter/api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/text/span.h"

namespace ml::syntax {

// Levels of the tree that a recursive reader has to be able to go down.
inline constexpr unsigned kMaxDepth = 1000;

// Parsing gives up after this many seconds, plus one for every megabyte.
inline constexpr unsigned kPatience = 5;

// Longest text, in bytes. Offsets are 32 bits wide.
inline constexpr std::size_t kMaxSize = 0xFFFF'FF00;

// A tree, immutable. Copies share it; safe to read from several threads. TSNodes of it are valid while a copy
// lives.
class Tree {
 public:
  Tree() = default;  // no tree: usable only as a place to assign to

  explicit operator bool() const { return tree_ != nullptr; }
  TSNode root() const;      // `program`, or ERROR when nothing could be made of the text
  bool has_errors() const;  // any ERROR or missing token; nodes for known mistakes (NODES.md) do not count
  bool refused() const { return refused_; }  // "Refusal" above
  // Of a tree that reparse made, what it was told; else nothing: then no node is one of an older tree.
  const std::optional<TextEdit>& edit() const { return edit_; }

 private:
  friend Tree parse(std::string_view text);
  friend Tree reparse(std::string_view text, const Tree& before, TextEdit edit);
  Tree(std::shared_ptr<TSTree> tree, bool refused);
  static Tree checked(std::shared_ptr<TSTree> tree, std::string_view text);
  static Tree whole(std::string_view text);

  std::shared_ptr<TSTree> tree_;
  bool refused_ = false;
  std::optional<TextEdit> edit_;
};

// Throws std::length_error when text is longer than kMaxSize. Invalid UTF-8 gives unexpected_character nodes.
// A long text is parsed on this thread and a second one where that surely gives the same tree (halves.h).
Tree parse(std::string_view text);

// The tree of `text`, which `edit` made of the text of `before`. Equal to parse(text). Takes time for what
// changed and for the number of chunks of top-level statements (grammar/README.md); but where ERROR nodes or
// missing tokens come out, everything is parsed anew and shares nothing with `before`, because only that
// makes the two equal. `before` stays as it is.
Tree reparse(std::string_view text, const Tree& before, TextEdit edit);

// Names the contents of a node with children: two nodes of trees that are both alive, of which one was
// reparsed from the other, have the same identity only if they have the same structure and the same text (at
// perhaps different offsets).
std::uint64_t identity(TSNode node);

inline Span span(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }

const TSLanguage* language();

}  // namespace ml::syntax
