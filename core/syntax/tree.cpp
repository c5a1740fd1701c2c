#include "core/syntax/tree.h"

#include <cstring>
#include <utility>

#include "core/base/two_threads.h"
#include "core/syntax/deterministic.h"
#include "core/syntax/halves.h"
#include "core/syntax/run.h"
#include "core/syntax/subtree.h"

extern "C" const TSLanguage* tree_sitter_ml();

namespace ml::syntax {

namespace {

// Nothing reads rows and columns, so a point is its offset in a text of one line.
TSPoint point(ByteOffset at) { return {0, at}; }

}  // namespace

Tree::Tree(std::shared_ptr<TSTree> tree, bool refused) : tree_(std::move(tree)), refused_(refused) {}

// A node that lost children is too short, and so are all nodes around it.
Tree Tree::checked(std::shared_ptr<TSTree> tree, std::string_view text) {
  if (tree && ts_node_end_byte(ts_tree_root_node(tree.get())) == text.size())
    return Tree(std::move(tree), false);
  return Tree(run("", nullptr), true);
}

Tree Tree::whole(std::string_view text) { return checked(run(text, nullptr), text); }

TSNode Tree::root() const { return ts_tree_root_node(tree_.get()); }

bool Tree::has_errors() const { return ts_node_has_error(root()); }

Tree parse(std::string_view text) {
  if (text.size() > kMaxSize || !has_known_layout()) return Tree::whole(text);
  TreePointer tree;
  if (has_second_core() && text.size() >= kWorthHalves) {
    if (const auto cut = cut_in_the_middle(text)) tree = parse_in_halves(text, *cut);
  }
  if (!tree) tree = run_deterministic(text);
  return tree ? Tree::checked(std::move(tree), text) : Tree::whole(text);
}

Tree reparse(std::string_view text, const Tree& before, TextEdit edit) {
  if (before.refused()) return parse(text);
  const TreePointer edited(ts_tree_copy(before.tree_.get()));
  const TSInputEdit input{edit.begin,        edit.old_end,        edit.new_end,
                          point(edit.begin), point(edit.old_end), point(edit.new_end)};
  ts_tree_edit(edited.get(), &input);
  Tree after = Tree::checked(run(text, edited.get()), text);
  // How tree-sitter gets out of an error depends on which nodes it could reuse.
  if (after.has_errors()) return Tree::whole(text);
  after.edit_ = edit;
  return after;
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
