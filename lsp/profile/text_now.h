#pragma once

// The functions and top-level statements of a text of now, each statement with what is known of it from the
// texts before. Private to lsp/profile.

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lsp/profile/match.h"

namespace ml::lsp {

std::uint64_t hash_text(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325ull);
// As profiles write the name: "outer.inner".
std::uint64_t hash_name(const ast::FunctionKey& key);

// Parts: an item of a broken text may be several nodes.
struct Matches::Statement {
  std::shared_ptr<const ast::Item> item;
  std::uint64_t text_hash = 0;
  struct Part {
    ByteOffset offset = 0;
    std::uint32_t row = 0, end_row = 0;  // from the item's first line
    ast::StatementKeys keys;
    std::vector<std::uint64_t> names;  // hash of path and name, by function
  };
  std::shared_ptr<const std::vector<Part>> parts;  // the same whatever ran
  // Lines of a function that ran, from the item's first line; by function of the run and key.
  std::map<std::pair<std::uint32_t, const ast::FunctionKey*>, std::vector<LineCost>> lines;
};

// A function of the text of now.
struct FunctionNow {
  Matches::Statement* statement;
  const Matches::Statement::Part* part;
  const ast::FunctionKey* key;
  std::uint64_t name;
  ByteOffset at;           // of the part
  std::uint32_t item_row;  // from 0
  std::uint32_t ordinal;
  bool taken = false;
  Span span() const { return key->span.moved(at); }
  std::uint32_t row() const { return item_row + part->row + key->line - 1; }
  std::uint32_t end_row() const { return item_row + part->row + key->end_line - 1; }
};

struct TopStatement {
  const Matches::Statement::Part* part;
  std::uint32_t row, end_row;
};

// Takes over what `file` keeps and leaves there what this text has; the caller holds its lock.
class TextNow {
 public:
  TextNow(const Revision& revision, Matches::File& file);

  std::vector<FunctionNow> functions;  // in source order
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_name;
  std::vector<TopStatement> top;  // statements that are not function declarations
  ast::FileHash hash;
  std::vector<std::shared_ptr<const void>> held;  // the statements

  const DocumentText& text() const { return r_.text(); }
  // The function's body_hash if names had been others.
  std::uint64_t body_with(const FunctionNow& now, const ast::Renames& renames) const;
  // hash_lines of lines from 0, the last one included.
  std::vector<std::uint64_t> lines(std::uint32_t first, std::uint32_t last) const;

  template <class Take>
  void walk_nodes(const ast::PlacedItem& placed, Take take) const {
    TSTreeCursor cursor = ts_tree_cursor_new(r_.tree().root());
    bool more = ts_tree_cursor_goto_first_child_for_byte(&cursor, placed.start) >= 0;
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      if (ts_node_start_byte(node) >= placed.end) break;
      if (ts_node_start_byte(node) >= placed.start) take(node);
    }
    ts_tree_cursor_delete(&cursor);
  }

 private:
  std::shared_ptr<Matches::Statement> known(const ast::PlacedItem& placed, const Matches::File& file) const;

  const Revision& r_;
};

}  // namespace ml::lsp
