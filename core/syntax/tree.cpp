#include "core/syntax/tree.h"

#include <cstring>
#include <stdexcept>

extern "C" const TSLanguage* tree_sitter_ml();

namespace ml::syntax {

namespace {

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

TSTree* run(std::string_view text, const TSTree* before) {
  if (text.size() > kMaxSize) throw std::length_error("source text is longer than 4 GB");
  std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), tree_sitter_ml());
  TSTree* tree =
      ts_parser_parse_string(parser.get(), before, text.data(), static_cast<std::uint32_t>(text.size()));
  if (!tree) throw std::bad_alloc();
  return tree;
}

// Nothing reads rows and columns, so a point is its offset in a text of one line.
TSPoint point(ByteOffset at) { return {0, at}; }

}  // namespace

Tree::Tree(TSTree* tree) : tree_(tree, ts_tree_delete) {}

TSNode Tree::root() const { return ts_tree_root_node(tree_.get()); }

bool Tree::has_errors() const { return ts_node_has_error(root()); }

Tree parse(std::string_view text) { return Tree(run(text, nullptr)); }

Tree reparse(std::string_view text, const Tree& before, TextEdit edit) {
  Tree edited(ts_tree_copy(before.tree_.get()));
  const TSInputEdit input{edit.begin,        edit.old_end,        edit.new_end,
                          point(edit.begin), point(edit.old_end), point(edit.new_end)};
  ts_tree_edit(edited.tree_.get(), &input);
  return Tree(run(text, edited.tree_.get()));
}

std::uint64_t identity(TSNode node) {
  // TSNode::id is the address of the slot in the parent; the slot holds the shared, reference counted subtree.
  std::uint64_t subtree;
  std::memcpy(&subtree, node.id, sizeof subtree);
  return subtree;
}

const TSLanguage* language() { return tree_sitter_ml(); }

}  // namespace ml::syntax
