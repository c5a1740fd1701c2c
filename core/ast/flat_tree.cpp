#include "core/ast/flat_tree.h"

#include "core/ast/nodes.h"

namespace ml::ast {
namespace {

// The largest of what a node may become, with its place in a list.
constexpr std::size_t ast_size_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::Token:
    case NodeKind::k_arguments:
    case NodeKind::k_parenthesized_expression: return 0;
    case NodeKind::k_identifier: return sizeof(NameExpr) + 8;
    case NodeKind::k_number: return sizeof(NumberExpr) + 8;
    case NodeKind::k_string: return sizeof(StringExpr) + 8;
    case NodeKind::k_member_expression:
      return sizeof(MemberExpr) - sizeof(NameExpr);  // the name is an identifier
    case NodeKind::k_binary_expression: return sizeof(BinaryExpr) + 8;
    case NodeKind::k_call_expression: return sizeof(CallExpr) + 8;
    case NodeKind::k_assign_statement: return sizeof(AssignStmt) + 8;
    case NodeKind::k_expression_statement: return sizeof(ExprStmt) + 8;
    case NodeKind::k_block: return 0;
    case NodeKind::k_function_statement:
    case NodeKind::k_function_expression:
    case NodeKind::k_fn_arrow_function:
    case NodeKind::k_arrow_function: return sizeof(Function) + sizeof(FunctionExpr) + 8;
    default: return 72;
  }
}

bool is_mistake(NodeKind kind) {
  switch (kind) {
    case NodeKind::Error:
    case NodeKind::k_missing_semicolon:
    case NodeKind::k_missing_close:
    case NodeKind::k_unexpected_character:
    case NodeKind::k_unterminated_comment: return true;
    default: return false;
  }
}

}  // namespace

FlatTree::~FlatTree() {
  if (cursor_.tree) ts_tree_cursor_delete(&cursor_);
}

void FlatTree::read(TSNode item, const NodeKinds& kinds) {
  nodes_.clear();
  open_.clear();
  mistakes_ = false;
  ast_size_ = 0;
  if (cursor_.tree) {
    ts_tree_cursor_reset(&cursor_, item);
  } else {
    cursor_ = ts_tree_cursor_new(item);
  }
  const ByteOffset start = ts_node_start_byte(item);
  const bool broken = ts_node_has_error(item);  // only then nodes can be missing
  for (;;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor_);
    const NodeKind kind = kinds.of(node);
    if (kind == NodeKind::k_comment) {
    } else if (is_mistake(kind) && !nodes_.empty()) {
      mistakes_ = true;
    } else {
      const auto index = static_cast<std::uint32_t>(nodes_.size());
      const Span span{ts_node_start_byte(node) - start, ts_node_end_byte(node) - start};
      nodes_.push_back({kind, broken && ts_node_is_missing(node), span, index + 1});
      ast_size_ += ast_size_of(kind);
      const bool leaf =
          kind == NodeKind::Token || kind == NodeKind::k_identifier || kind == NodeKind::k_number;
      if (!leaf && ts_tree_cursor_goto_first_child(&cursor_)) {
        open_.push_back(index);
        continue;
      }
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor_)) {
      if (open_.empty()) return;
      nodes_[open_.back()].next = static_cast<std::uint32_t>(nodes_.size());
      open_.pop_back();
      ts_tree_cursor_goto_parent(&cursor_);
    }
  }
}

}  // namespace ml::ast
