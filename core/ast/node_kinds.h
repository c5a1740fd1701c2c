#pragma once

// Node types of the grammar (core/syntax/NODES.md) as an enum, so that the builder switches on small numbers.

#include <tree_sitter/api.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace ml::ast {

// clang-format off
#define ML_NODE_KINDS(X)                                                                                            \
  X(identifier) X(number) X(malformed_number) X(string) X(unterminated_string) X(unterminated_template)             \
  X(template_chars) X(missing_semicolon) X(missing_expression) X(missing_close) X(comment) X(unterminated_comment)                   \
  X(unexpected_character) X(unexpected_close) X(if_statement) X(empty_statement) X(expression_statement)            \
  X(assign_statement) X(declare_statement) X(declare_word) X(function_statement) X(block) X(bare_block_statement)   \
  X(decorator) X(elif_clause) X(else_clause) X(while_statement) X(for_in_statement) X(for_c_statement)              \
  X(try_statement) X(except_clause) X(finally_clause) X(return_statement) X(throw_statement) X(break_statement)     \
  X(continue_statement) X(nonlocal_statement) X(yield_statement) X(import_statement) X(import_extra)                \
  X(foreign_import) X(dotted_name) X(capability_statement) X(capability_item) X(params) X(param)                    \
  X(function_expression) X(fn_arrow_function) X(arrow_function) X(assignment_expression) X(compound_assignment)     \
  X(update_expression) X(invalid_operator) X(ternary_expression) X(bool) X(null) X(template) X(substitution)        \
  X(array) X(spread_element) X(comprehension) X(object) X(property) X(shorthand_property) X(computed_property)      \
  X(method_property) X(parenthesized_expression) X(unary_expression) X(binary_expression) X(logical_expression)     \
  X(call_expression) X(arguments) X(index_expression) X(slice_expression) X(member_expression)
// clang-format on

enum class NodeKind : std::uint8_t {
  Token,  // punctuation and keywords
  Error,
  Unknown,  // a named node this table does not know: never understood, always reported
#define ML_KIND(name) k_##name,
  ML_NODE_KINDS(ML_KIND)
#undef ML_KIND
};

// Symbol of the parser -> NodeKind.
class NodeKinds {
 public:
  explicit NodeKinds(const TSLanguage* language);
  NodeKind of(TSSymbol symbol) const {
    return symbol < kinds_.size() ? kinds_[symbol] : NodeKind::Error;  // ERROR is the largest symbol
  }
  NodeKind of(TSNode node) const { return of(ts_node_symbol(node)); }
  // `symbol` as syntax::walk says it.
  NodeKind of_walked(TSSymbol symbol) const { return walked_[symbol]; }

 private:
  std::vector<NodeKind> kinds_, walked_;
};

}  // namespace ml::ast
