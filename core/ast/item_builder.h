#pragma once

// Builds one item from its syntax node; used by core/ast/build.cpp only. Findings are not made here: whatever is no
// correct ML sets `refused`, becomes a Bad node, and core/ast/explain.h says what is wrong.

#include <tree_sitter/api.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ast/module.h"
#include "core/ast/node_kinds.h"
#include "core/base/interner.h"

namespace ml::ast {

// Reused for item after item; holds only scratch memory between them.
class ItemBuilder {
 public:
  ItemBuilder(const NodeKinds& kinds, std::string_view text, Interner& names);
  ~ItemBuilder();
  ItemBuilder(const ItemBuilder&) = delete;
  ItemBuilder& operator=(const ItemBuilder&) = delete;

  // Fills `item` from a child of the root. Spans become relative to the node's start.
  void build(TSNode node, Item& item);

 private:
  struct Child {
    TSNode node;
    NodeKind kind;
  };
  // Children of one node on the scratch stack, comments left out, ERROR nodes noted and left out. Indexes stay valid
  // while more is pushed on top; the destructor pops.
  class Children {
   public:
    Children(ItemBuilder& builder, TSNode node);
    ~Children() { builder_.scratch_.resize(begin_); }
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    std::size_t size() const { return end_ - begin_; }
    Child operator[](std::size_t i) const { return builder_.scratch_[begin_ + i]; }
    // The n-th child that is no punctuation, or a null node of kind Unknown.
    Child named(std::size_t n) const;
    std::size_t named_count() const;

   private:
    ItemBuilder& builder_;
    std::size_t begin_, end_;
  };
  struct Context {
    bool in_function = false, in_generator = false, top_level = true;
  };

  // statements (build_statements.cpp)
  const Stmt* statement(Child child);
  const Stmt* statement_of(Child child);
  const Stmt* assign(Child child);
  const Stmt* declare(Child child);
  const Stmt* unpack(Child child, DeclareWord word, Child pattern, Child value);
  const Stmt* if_statement(Child child);
  const Stmt* for_in(Child child);
  const Stmt* for_c(Child child);
  const Stmt* try_statement(Child child);
  const Stmt* import(Child child);
  const Stmt* capability(Child child);
  Block block(Child child);  // braces
  Block body(Child child);   // braces, or one statement
  const Stmt* bad_statement(Child child);

  // functions (build_functions.cpp)
  const Function* function(Child child, FunctionForm form);
  std::span<const Param> params(Child child);

  // expressions (build_expressions.cpp)
  const Expr* expression(Child child);
  const Expr* expression_of(Child child);
  const Expr* bad(Child child);
  const Expr* unary(Child child);
  const Expr* binary(Child child);
  const Expr* logical(Child child);
  const Expr* call(Child child);
  const Expr* slice(Child child);
  const Expr* template_literal(Child child);
  const Expr* object(Child child);
  const Expr* operand(Child child);
  std::span<const Expr* const> expressions(const Children& list, std::size_t first);

  // leaves
  Span span(TSNode node) const {
    return {ts_node_start_byte(node) - start_, ts_node_end_byte(node) - start_};
  }
  std::string_view source(TSNode node) const {
    const ByteOffset begin = ts_node_start_byte(node), end = ts_node_end_byte(node);
    return text_.substr(begin, end - begin);
  }
  char first_char(TSNode node) const {
    const ByteOffset begin = ts_node_start_byte(node);
    return begin < text_.size() && ts_node_end_byte(node) > begin ? text_[begin] : '\0';
  }
  bool is_token(Child child, char c) const { return child.kind == NodeKind::Token && first_char(child.node) == c; }
  Binding binding(Child child);
  bool can_be_name(NameId name) const {
    return (name.raw >= reserved_.size() || !reserved_[name.raw]) && !(context_.in_generator && name == yield_);
  }
  std::string_view string_value(TSNode node);
  NodeId next_id() { return NodeId{item_->node_count++}; }
  void refuse() { refused_ = true; }
  template <class T, class... Args>
  T* expr(ExprKind kind, Child child, Args&&... args) {
    return item_->arena.make<T>(Expr{kind, next_id(), span(child.node)}, std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  T* stmt(StmtKind kind, Child child, Args&&... args) {
    return item_->arena.make<T>(Stmt{kind, span(child.node)}, std::forward<Args>(args)...);
  }

  const NodeKinds& kinds_;
  std::string_view text_;
  Interner& names_;
  NameId yield_;
  std::vector<bool> reserved_;  // by NameId: words that cannot be names
  TSTreeCursor cursor_;
  std::vector<Child> scratch_;
  std::vector<const Expr*> made_;  // a stack, like scratch_
  std::string buffer_;  // for literals with escapes
  Item* item_ = nullptr;
  ByteOffset start_ = 0;
  bool refused_ = false, too_deep_ = false;
  int depth_ = 0, nesting_ = 0;
  Context context_;
};

// Reports an ERROR or missing node anywhere inside; for regions where explain() stays silent.
Span first_error(TSNode node);

}  // namespace ml::ast
