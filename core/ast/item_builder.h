#pragma once

// Builds one item from its syntax node; used by core/ast/build.cpp only. Findings are not made here: whatever
// is no correct ML sets `refused`, becomes a Bad node, and core/ast/explain.h says what is wrong.

#include <tree_sitter/api.h>

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ast/flat_tree.h"
#include "core/ast/module.h"
#include "core/ast/node_kinds.h"
#include "core/base/interner.h"

namespace ml::ast {

// Reused for item after item; holds only scratch memory between them.
class ItemBuilder {
 public:
  // `shared`: see share_names.
  ItemBuilder(const NodeKinds& kinds, std::string_view text, Interner& names, std::mutex* shared);
  ItemBuilder(const ItemBuilder&) = delete;
  ItemBuilder& operator=(const ItemBuilder&) = delete;

  // Another thread uses the names, too: both hold `shared` when they do. Null: this builder has them alone.
  void share_names(std::mutex* shared) { shared_ = shared; }

  // Fills `item` from a child of the root. Spans become relative to the node's start.
  void build(TSNode node, Item& item);

 private:
  static const FlatNode kNoNode;  // what should stand somewhere but does not: kind Unknown, an empty span

  using Child = const FlatNode&;
  // Children of one node on the scratch stack. Indexes stay valid while more is pushed on top; the destructor
  // pops.
  class Children {
   public:
    Children(ItemBuilder& builder, Child parent);
    ~Children() { builder_.scratch_.resize(begin_); }
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;
    std::size_t size() const { return end_ - begin_; }
    Child operator[](std::size_t i) const { return *builder_.scratch_[begin_ + i]; }
    // The n-th child that is no punctuation, or kNoNode.
    Child named(std::size_t n) const;
    std::size_t named_count() const { return named_count_; }

   private:
    ItemBuilder& builder_;
    std::size_t begin_, end_;
    std::size_t named_count_ = 0;
    // Where `named` stopped: it is asked for one after the other, by lists of any length.
    mutable std::size_t at_ = 0, passed_ = 0;
  };
  // A list in the making on top of a stack that is reused.
  template <class T>
  class Gathered {
   public:
    explicit Gathered(std::vector<T>& stack) : stack_(stack), begin_(stack.size()) {}
    ~Gathered() { stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(begin_), stack_.end()); }
    Gathered(const Gathered&) = delete;
    Gathered& operator=(const Gathered&) = delete;
    void add(const T& item) { stack_.push_back(item); }
    std::span<const T> kept(Arena& arena) const {
      return arena.list(std::span<const T>(stack_).subspan(begin_));
    }

   private:
    std::vector<T>& stack_;
    std::size_t begin_;
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
  void name_by_place(const Expr* value);  // what stands where a function gets the place's name
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
  static bool is_null(Child child) { return &child == &kNoNode; }
  // Lives as long as the item.
  std::string_view source(Child child) const {
    return item_->text.substr(child.span.begin, child.span.size());
  }
  char first_char(Child child) const { return child.span.size() > 0 ? item_->text[child.span.begin] : '\0'; }
  bool is_token(Child child, char c) const { return child.kind == NodeKind::Token && first_char(child) == c; }
  Binding binding(Child child);
  bool can_be_name(NameId name) const {
    return (name.raw >= reserved_.size() || !reserved_[name.raw]) &&
           !(context_.in_generator && name == yield_);
  }
  std::string_view string_value(Child child);
  NameId intern(std::string_view word);
  NodeId next_id() { return NodeId{item_->node_count++}; }
  void refuse() { refused_ = true; }
  template <class T, class... Args>
  T* expr(ExprKind kind, Child child, Args&&... args) {
    return item_->arena.make<T>(Expr{kind, next_id(), child.span}, std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  T* stmt(StmtKind kind, Child child, Args&&... args) {
    return item_->arena.make<T>(Stmt{kind, child.span}, std::forward<Args>(args)...);
  }

  const NodeKinds& kinds_;
  std::string_view text_;
  Interner& names_;
  std::mutex* shared_;
  NameId yield_;
  struct SeenWord {
    std::string_view word;
    NameId name;
  };
  std::vector<SeenWord> seen_;                          // some of the words interned before, by a cheap hash
  std::unordered_map<std::string_view, NameId> known_;  // all of them, where others use the names, too
  std::vector<bool> reserved_;                          // by NameId: words that cannot be names
  FlatTree tree_;
  std::vector<const FlatNode*> scratch_;
  // For Gathered; none of these is left with contents after an item.
  std::vector<const Expr*> exprs_;
  std::vector<const Stmt*> stmts_;
  std::vector<Param> params_;
  std::vector<Property> properties_;
  std::vector<TemplatePart> template_parts_;
  std::vector<IfBranch> branches_;
  std::string buffer_;  // for literals with escapes
  Item* item_ = nullptr;
  bool refused_ = false, too_deep_ = false;
  int depth_ = 0, nesting_ = 0;
  Context context_;
};

// Reports an ERROR or missing node anywhere inside; for regions where explain() stays silent.
Span first_error(TSNode node);

}  // namespace ml::ast
