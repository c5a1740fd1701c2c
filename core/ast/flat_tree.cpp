#include "core/ast/flat_tree.h"

#include <cstddef>

#include "core/ast/nodes.h"
#include "core/syntax/tree.h"

namespace ml::ast {
namespace {

// About what a node becomes, with its place in a list; a node that never puts the expressions it has into a
// list takes those places off again. Too little costs a second block for the item, too much stays unused.
constexpr std::ptrdiff_t kPlace = sizeof(void*);
template <class T>
constexpr std::ptrdiff_t kSizeOf = (sizeof(T) + 7) / 8 * 8 + kPlace;
constexpr std::ptrdiff_t kName = kSizeOf<NameExpr>;

constexpr std::ptrdiff_t ast_size_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::Token:
    case NodeKind::k_arguments:
    case NodeKind::k_parenthesized_expression:
    case NodeKind::k_block:
    case NodeKind::k_params:
    case NodeKind::k_param:  // its name makes up for it
    case NodeKind::k_declare_word:
    case NodeKind::k_template_chars:
    case NodeKind::k_finally_clause: return 0;
    case NodeKind::k_identifier: return kName;
    case NodeKind::k_number: return kSizeOf<NumberExpr>;
    case NodeKind::k_string: return kSizeOf<StringExpr>;
    case NodeKind::k_bool: return kSizeOf<BoolExpr>;
    case NodeKind::k_null: return kSizeOf<NullExpr>;
    case NodeKind::k_array: return kSizeOf<ArrayExpr>;
    case NodeKind::k_object: return kSizeOf<ObjectExpr>;
    case NodeKind::k_property: return std::ptrdiff_t{sizeof(Property)} - kName;
    case NodeKind::k_template: return kSizeOf<TemplateExpr> + std::ptrdiff_t{sizeof(TemplatePart)};
    case NodeKind::k_substitution: return std::ptrdiff_t{sizeof(TemplatePart)} - kPlace;
    case NodeKind::k_member_expression: return kSizeOf<MemberExpr> - kName - kPlace;
    case NodeKind::k_unary_expression: return kSizeOf<UnaryExpr> - kPlace;
    case NodeKind::k_binary_expression: return kSizeOf<BinaryExpr> - 2 * kPlace;
    case NodeKind::k_logical_expression: return kSizeOf<LogicalExpr> - 2 * kPlace;
    case NodeKind::k_ternary_expression: return kSizeOf<TernaryExpr> - 3 * kPlace;
    case NodeKind::k_index_expression: return kSizeOf<IndexExpr> - 2 * kPlace;
    case NodeKind::k_call_expression: return kSizeOf<CallExpr> - kPlace;
    case NodeKind::k_assign_statement: return kSizeOf<AssignStmt> - 2 * kPlace;
    case NodeKind::k_expression_statement: return kSizeOf<ExprStmt> - kPlace;
    case NodeKind::k_return_statement: return kSizeOf<ReturnStmt>;
    case NodeKind::k_if_statement: return kSizeOf<IfStmt> + std::ptrdiff_t{sizeof(IfBranch)} - kPlace;
    case NodeKind::k_elif_clause: return std::ptrdiff_t{sizeof(IfBranch)} - kPlace;
    case NodeKind::k_else_clause: return sizeof(IfBranch);
    case NodeKind::k_while_statement: return kSizeOf<WhileStmt> - kPlace;
    case NodeKind::k_for_in_statement: return kSizeOf<ForInStmt> - kName - kPlace;
    case NodeKind::k_for_c_statement: return kSizeOf<ForCStmt> - 3 * kPlace;
    case NodeKind::k_try_statement: return kSizeOf<TryStmt>;
    case NodeKind::k_except_clause: return sizeof(ExceptClause);
    case NodeKind::k_function_statement: return kSizeOf<Function> + kSizeOf<FunctionStmt> - kPlace - kName;
    case NodeKind::k_function_expression:
    case NodeKind::k_fn_arrow_function:
    case NodeKind::k_arrow_function: return kSizeOf<Function> + kSizeOf<FunctionExpr> - kPlace;
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

bool FlatTree::add(NodeKind kind, bool missing, Span span) {
  if (kind == NodeKind::k_comment) return false;
  if (is_mistake(kind) && !nodes_.empty()) {
    mistakes_ = true;
    return false;
  }
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({kind, missing, span, index + 1});
  ast_size_ += ast_size_of(kind);
  const bool leaf = kind == NodeKind::Token || kind == NodeKind::k_identifier || kind == NodeKind::k_number;
  if (!leaf) open_.push_back(index);
  return !leaf;
}

void FlatTree::leave() {
  nodes_[open_.back()].next = static_cast<std::uint32_t>(nodes_.size());
  open_.pop_back();
}

void FlatTree::read(TSNode item, const NodeKinds& kinds) {
  nodes_.clear();
  open_.clear();
  mistakes_ = false;
  ast_size_ = 0;
  if (!syntax::has_known_layout() || ts_node_has_error(item)) return read_by_cursor(item, kinds);
  const ByteOffset start = ts_node_start_byte(item);
  syntax::walk(
      item, frames_,
      [&](TSSymbol symbol, Span span) {
        return add(kinds.of_walked(symbol), false, {span.begin - start, span.end - start});
      },
      [&] { leave(); });
}

void FlatTree::read_by_cursor(TSNode item, const NodeKinds& kinds) {
  if (cursor_.tree) {
    ts_tree_cursor_reset(&cursor_, item);
  } else {
    cursor_ = ts_tree_cursor_new(item);
  }
  const ByteOffset start = ts_node_start_byte(item);
  const bool broken = ts_node_has_error(item);  // only then nodes can be missing
  for (;;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor_);
    const Span span{ts_node_start_byte(node) - start, ts_node_end_byte(node) - start};
    if (add(kinds.of(node), broken && ts_node_is_missing(node), span)) {
      if (ts_tree_cursor_goto_first_child(&cursor_)) continue;
      leave();
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor_)) {
      if (open_.empty()) return;
      leave();
      ts_tree_cursor_goto_parent(&cursor_);
    }
  }
}

}  // namespace ml::ast
