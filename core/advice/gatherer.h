#pragma once

// The walk that fills Facts. Private to core/advice.

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/advice/facts.h"

namespace ml::advice {

class Gatherer {
 public:
  explicit Gatherer(World& world) : w_(world), p_(world.program), f_(world.facts) {
    f_.variables.resize(p_.variable_count());
    running_.assign(p_.variable_count(), kNone);
  }
  void item(std::uint32_t index);
  void finish();

 private:
  using Expr = ast::Expr;
  using Function = ast::Function;

  // A function that calls one with the property has it too.
  void spread(bool Body::*property);

  // --- variables and paths (gather.cpp)
  std::string_view word(NameId name) const { return p_.names.text(name); }
  Body& body() { return f_.bodies[body_]; }
  CellId root(const Expr* e) const;
  PathNo path(const Expr* e);

  // Others may hold what the expression gives.
  static bool may_be_shared(const Expr* value);
  void bind(const ast::Binding& b, const Expr* value);
  void bind(const emit::Ref& ref, const Expr* value, bool appends);

  // `cell = cell + ...`, `cell = x + cell`, `cell = `${cell}...``.
  bool appends(CellId cell, const Expr* value) const;

  // The same for `o.text = o.text + ...`.
  bool appends_path(PathNo target, const Expr* value);

  // --- statements (gather.cpp)
  void block(ast::Block statements);
  void statement(const ast::Stmt& s);
  void assign(const ast::AssignStmt& a);

  // Everything in a target but the place itself.
  void visit_parts(const Expr* target);
  void grow(const ast::AssignStmt& a, PathNo target);
  void note_value(CellId cell, const Expr* value);

  // --- loops (gather_loops.cpp)
  // The array whose length the expression is made of.
  PathNo length_path(const Expr* e, int depth = 0);
  bool is_builtin(const Expr* e, std::string_view name) const;

  // The comparison that ends the loop: the condition, or the first operand of `and`.
  static const ast::BinaryExpr* ending(const Expr* condition);
  CellId counted(const Expr* condition) const;
  PathNo bound_of(const Expr* condition);
  LoopNo begin_loop(Loop::Kind kind, CellId variable, PathNo over, Span head);
  void end_loop(LoopNo loop);
  Span head_of(const ast::Stmt& s, ast::Block statements, const Expr* last) const;
  void while_loop(Loop::Kind kind, const ast::Stmt& s, CellId variable, PathNo over, const Expr* condition,
                  const ast::Stmt* step, ast::Block statements);
  void head(LoopNo loop, const Expr* condition, const ast::Stmt* step);
  void for_c(const ast::ForCStmt& f);
  void for_in(const ast::ForInStmt& f);
  void indexed(const ast::IndexExpr& i);

  // --- functions (gather.cpp)
  void begin_body(const Function* f);

  // `callback`: a method of an array runs it for every element, those of `over` if that is known.
  void function(const Function& f, PathNo over, bool callback);

  // --- expressions (gather_calls.cpp)
  void expression(const Expr* e);
  void look_at(const Expr* e);
  void member_read(const Expr* object);
  void comparison(const ast::BinaryExpr& b);
  void copy(const Expr* call, const Expr* of);
  void call(const ast::CallExpr& c);

  // The call does more than it gives and Variable::changes says; so do the next ones.
  bool name_call(const ast::CallExpr& c, Call& found);
  bool method_call(const ast::CallExpr& c, const ast::MemberExpr& m, Call& found);
  void changed_by_method(const ast::MemberExpr& m, std::string_view name, PathNo receiver);

  // Functions among the arguments are run by the method.
  void hand_over(const ast::CallExpr& c, PathNo receiver, Call& found);

  // The last of the methods comes first.
  void chain(const ast::CallExpr& last);

  World& w_;
  const emit::Program& p_;
  Facts& f_;
  std::uint32_t item_ = 0;
  BodyNo body_ = kNone;
  LoopNo loop_ = kNone, condition_of_ = kNone;
  bool in_head_ = false;
  Moment now_ = 0;
  std::vector<LoopNo> running_;  // by variable: the innermost loop that counts with it
  std::map<std::vector<std::uint32_t>, PathNo> path_numbers_;
  std::unordered_map<CellId, const Function*> owner_;  // whose local variable it is; null: top level
  std::unordered_map<const Function*, PathNo> callbacks_;
  std::unordered_map<const Expr*, bool> in_chain_;
  std::unordered_map<const Expr*, std::size_t> chain_at_;
  std::vector<const Expr*> stack_;
};

}  // namespace ml::advice
