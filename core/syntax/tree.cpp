#include "core/syntax/tree.h"

#include <cstring>
#include <stdexcept>

#include "core/syntax/allocator.h"

extern "C" const TSLanguage* tree_sitter_ml();

namespace ml::syntax {

namespace {

// Before anything is allocated: tree-sitter must never free with one allocator what it got from another.
const bool kAllocatorInstalled = install_allocator();

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

// Null when it takes too long.
TSTree* run(std::string_view text, const TSTree* before) {
  if (text.size() > kMaxSize) throw std::length_error("source text is longer than 4 GB");
  std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), tree_sitter_ml());
  ts_parser_set_timeout_micros(parser.get(), kPatience * std::uint64_t{1'000'000} + text.size());
  return ts_parser_parse_string(parser.get(), before, text.data(), static_cast<std::uint32_t>(text.size()));
}

// Nothing reads rows and columns, so a point is its offset in a text of one line.
TSPoint point(ByteOffset at) { return {0, at}; }

}  // namespace

Tree::Tree(TSTree* tree, bool refused) : tree_(tree, ts_tree_delete), refused_(refused) {}

// A node that lost children is too short, and so are all nodes around it.
Tree Tree::checked(TSTree* tree, std::string_view text) {
  if (tree && ts_node_end_byte(ts_tree_root_node(tree)) == text.size()) return Tree(tree, false);
  if (tree) ts_tree_delete(tree);
  return Tree(run("", nullptr), true);
}

TSNode Tree::root() const { return ts_tree_root_node(tree_.get()); }

bool Tree::has_errors() const { return ts_node_has_error(root()); }

Tree parse(std::string_view text) { return Tree::checked(run(text, nullptr), text); }

Tree reparse(std::string_view text, const Tree& before, TextEdit edit) {
  if (before.refused()) return parse(text);
  const std::unique_ptr<TSTree, void (*)(TSTree*)> edited(ts_tree_copy(before.tree_.get()), ts_tree_delete);
  const TSInputEdit input{edit.begin,        edit.old_end,        edit.new_end,
                          point(edit.begin), point(edit.old_end), point(edit.new_end)};
  ts_tree_edit(edited.get(), &input);
  Tree after = Tree::checked(run(text, edited.get()), text);
  // How tree-sitter gets out of an error depends on which nodes it could reuse.
  return after.has_errors() ? parse(text) : after;
}

std::uint64_t identity(TSNode node) {
  // TSNode::id is the address of the slot in the parent; the slot holds the shared, reference counted
  // subtree.
  std::uint64_t subtree;
  std::memcpy(&subtree, node.id, sizeof subtree);
  return subtree;
}

const TSLanguage* language() { return tree_sitter_ml(); }

}  // namespace ml::syntax
