#include <algorithm>
#include <utility>

#include "core/advice/gatherer.h"

namespace ml::advice {

using namespace ast;

PathNo Gatherer::length_path(const Expr* e, int depth) {
  switch (e->kind) {
    case ExprKind::Member:
      return word(as<MemberExpr>(e).name) == "length" ? path(as<MemberExpr>(e).object) : kNone;
    case ExprKind::Call: {
      const auto& c = as<CallExpr>(e);
      return c.arguments.size() == 1 && is_builtin(c.callee, "len") ? path(c.arguments[0]) : kNone;
    }
    case ExprKind::Binary: {
      const auto op = as<BinaryExpr>(e).op;
      if (depth > 3 || (op != BinaryOp::Sub && op != BinaryOp::Add && op != BinaryOp::FloorDiv)) return kNone;
      return length_path(as<BinaryExpr>(e).left, depth + 1);
    }
    case ExprKind::Name: {
      const CellId cell = p_.cell(item_, e->id);
      if (cell == kNone || depth > 3 || p_.variable(cell).bindings != 1) return kNone;
      const Variable& v = f_.variables[cell];
      return v.value != nullptr && v.item == item_ ? length_path(v.value, depth + 1) : kNone;
    }
    default: return kNone;
  }
}

bool Gatherer::is_builtin(const Expr* e, std::string_view name) const {
  return e->kind == ExprKind::Name && p_.ref(item_, e->id).use == sema::NameUse::Builtin &&
         word(as<NameExpr>(e).name) == name;
}

const BinaryExpr* Gatherer::ending(const Expr* condition) {
  while (condition != nullptr && condition->kind == ExprKind::Logical &&
         as<LogicalExpr>(condition).op == LogicalOp::And)
    condition = as<LogicalExpr>(condition).left;
  if (condition == nullptr || condition->kind != ExprKind::Binary) return nullptr;
  const auto& b = as<BinaryExpr>(condition);
  return b.op == BinaryOp::Lt || b.op == BinaryOp::Le || b.op == BinaryOp::Ne || b.op == BinaryOp::Gt ||
                 b.op == BinaryOp::Ge
             ? &b
             : nullptr;
}

CellId Gatherer::counted(const Expr* condition) const {
  const BinaryExpr* b = ending(condition);
  return b != nullptr && b->left->kind == ExprKind::Name ? p_.cell(item_, b->left->id) : kNone;
}

PathNo Gatherer::bound_of(const Expr* condition) {
  const BinaryExpr* b = ending(condition);
  return b != nullptr ? length_path(b->right) : kNone;
}

LoopNo Gatherer::begin_loop(Loop::Kind kind, CellId variable, PathNo over, Span head) {
  Loop loop;
  loop.kind = kind;
  loop.item = item_;
  loop.body = body_;
  loop.parent = loop_;
  loop.interval.begin = ++now_;
  loop.head = head;
  loop.variable = variable;
  loop.path = over;
  f_.loops.push_back(loop);
  return loop_ = static_cast<LoopNo>(f_.loops.size() - 1);
}

void Gatherer::end_loop(LoopNo loop) {
  f_.loops[loop].interval.end = ++now_;
  loop_ = f_.loops[loop].parent;
}

Span Gatherer::head_of(const Stmt& s, Block statements, const Expr* last) const {
  ByteOffset end = last != nullptr ? last->span.end : s.span.begin;
  if (!statements.empty()) end = std::min(std::max(end, s.span.begin), statements.front()->span.begin);
  return w_.at(item_, {s.span.begin, end});
}

void Gatherer::while_loop(Loop::Kind kind, const Stmt& s, CellId variable, PathNo over, const Expr* condition,
                          const Stmt* step, Block statements) {
  const LoopNo loop = begin_loop(kind, variable, over, head_of(s, statements, condition));
  head(loop, condition, step);
  const LoopNo before = variable == kNone ? kNone : std::exchange(running_[variable], loop);
  block(statements);
  if (variable != kNone) running_[variable] = before;
  end_loop(loop);
}

void Gatherer::head(LoopNo loop, const Expr* condition, const Stmt* step) {
  const bool outer_head = std::exchange(in_head_, true);
  const LoopNo outer = std::exchange(condition_of_, loop);
  if (condition != nullptr) expression(condition);
  condition_of_ = outer;
  if (step != nullptr) statement(*step);
  in_head_ = outer_head;
}

void Gatherer::for_c(const ForCStmt& f) {
  if (f.init != nullptr) statement(*f.init);
  CellId variable = kNone;
  const Expr* start = nullptr;
  if (f.init != nullptr && f.init->kind == StmtKind::Assign) {
    const auto& a = as<AssignStmt>(f.init);
    if (a.target->kind == ExprKind::Name) variable = p_.cell(item_, a.target->id);
    start = a.value;
  } else if (f.init != nullptr && f.init->kind == StmtKind::Declare) {
    variable = p_.cell(item_, as<DeclareStmt>(f.init).binding.id);
    start = as<DeclareStmt>(f.init).value;
  }
  PathNo over = f.condition != nullptr ? bound_of(f.condition) : kNone;
  if (over == kNone && start != nullptr) over = length_path(start);  // counting down
  while_loop(Loop::Kind::ForC, f, variable, over, f.condition, f.step, f.body);
}

void Gatherer::for_in(const ForInStmt& f) {
  expression(f.iterable);
  const CellId variable = p_.cell(item_, f.variable.id);
  PathNo over = path(f.iterable);
  bool elements = over != kNone;
  if (f.iterable->kind == ExprKind::Call && !as<CallExpr>(f.iterable).arguments.empty()) {
    const auto& c = as<CallExpr>(f.iterable);
    if (is_builtin(c.callee, "range")) {
      over = length_path(c.arguments[c.arguments.size() > 1 ? 1 : 0]);
    } else if (is_builtin(c.callee, "enumerate") || is_builtin(c.callee, "reversed")) {
      over = path(c.arguments[0]);
      elements = over != kNone;
    }
  }
  const LoopNo loop = begin_loop(Loop::Kind::ForIn, variable, over, head_of(f, f.body, f.iterable));
  f_.loops[loop].sees_elements = elements;
  bind(f.variable, nullptr);
  const LoopNo before = variable == kNone ? kNone : std::exchange(running_[variable], loop);
  block(f.body);
  if (variable != kNone) running_[variable] = before;
  end_loop(loop);
}

void Gatherer::indexed(const IndexExpr& i) {
  const Expr* at = i.index;
  if (at->kind == ExprKind::Binary &&
      (as<BinaryExpr>(at).op == BinaryOp::Add || as<BinaryExpr>(at).op == BinaryOp::Sub))
    at = as<BinaryExpr>(at).left;
  if (at->kind != ExprKind::Name) return;
  const CellId cell = p_.cell(item_, at->id);
  if (cell == kNone || running_[cell] == kNone) return;
  Loop& loop = f_.loops[running_[cell]];
  if (loop.path != kNone && !loop.sees_elements && path(i.object) == loop.path) loop.sees_elements = true;
}

}  // namespace ml::advice
