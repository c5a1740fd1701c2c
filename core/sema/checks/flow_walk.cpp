#include "core/sema/checks/flow_walk.h"

#include <utility>

#include "core/sema/children.h"
#include "core/sema/types.h"

namespace ml::sema {

using namespace ast;

void FlowWalk::read(NodeId node, Span span, bool is_call) {
  const std::uint32_t bit = names_.bit(node, is_call);
  if (bit == FlowNames::kNoBit || !now_.live) return;
  const std::uint64_t mask = std::uint64_t{1} << bit;
  if ((now_.unassigned & mask) == 0) return;
  reads_.push_back({bit, span, (now_.assigned & mask) == 0, tries_ > 0});
  now_.unassigned &= ~mask;  // control goes on only if there was a value
}

void FlowWalk::assign(NodeId node) {
  const std::uint32_t bit = names_.bit(node, false);
  if (bit == FlowNames::kNoBit || !now_.live) return;
  const std::uint64_t mask = std::uint64_t{1} << bit;
  if (((now_.unassigned | now_.assigned) & mask) == 0) return;
  now_.unassigned &= ~mask;
  now_.assigned |= mask;
  touched_ |= mask;
}

void FlowWalk::maybe(const Expr* e) {
  const FlowState skipped = now_;
  expression(e);
  now_.join(skipped);
}

void FlowWalk::expression(const Expr* root) {
  if (root == nullptr) return;
  const std::size_t base = stack_.size();
  stack_.push_back(root);
  while (stack_.size() > base) {
    const Expr* e = stack_.back();
    stack_.pop_back();
    switch (e->kind) {
      case ExprKind::Name: read(e->id, e->span, false); break;
      case ExprKind::Call: {
        const auto& call = as<CallExpr>(e);
        for (auto it = call.arguments.rbegin(); it != call.arguments.rend(); ++it) stack_.push_back(*it);
        if (call.callee->kind == ExprKind::Name) {
          read(call.callee->id, call.callee->span, true);
        } else {
          stack_.push_back(call.callee);
        }
        break;
      }
      case ExprKind::Logical: {
        // A chain leans to the left: its first operand always runs, every other one perhaps.
        std::vector<const Expr*> rights;
        while (e->kind == ExprKind::Logical) {
          rights.push_back(as<LogicalExpr>(e).right);
          e = as<LogicalExpr>(e).left;
        }
        expression(e);
        for (auto it = rights.rbegin(); it != rights.rend(); ++it) maybe(*it);
        break;
      }
      case ExprKind::Ternary: {
        const auto& ternary = as<TernaryExpr>(e);
        expression(ternary.condition);
        const FlowState before = now_;
        expression(ternary.then_value);
        const FlowState after = std::exchange(now_, before);
        expression(ternary.else_value);
        now_.join(after);
        break;
      }
      default: push_children(e, stack_); break;
    }
  }
}

void FlowWalk::block(Block statements) {
  for (const Stmt* s : statements) statement(s);
}

void FlowWalk::if_statement(const IfStmt& s) {
  FlowState end = now_;
  end.live = false;
  bool has_else = false;
  for (const IfBranch& branch : s.branches) {
    expression(branch.condition);
    has_else = has_else || branch.condition == nullptr;
    const FlowState skipped = now_;
    block(branch.body);
    end.join(now_);
    now_ = skipped;
  }
  if (has_else) now_.live = false;
  now_.join(end);
}

// `head` runs before every round, `body` is the round up to where `continue` leads and returns there; an
// endless loop is left by `break` only. One pass: what an earlier round may have assigned is added
// afterwards, which can only turn certain findings into possible ones.
template <class Head, class Body>
void FlowWalk::loop(Head head, Body body, bool endless) {
  FlowState left = now_, again = now_;
  left.live = again.live = false;
  const std::size_t first_read = reads_.size();
  const FlowState entry = now_;
  head();
  FlowState after = now_;
  if (endless) after.live = false;
  FlowState* const outer_break = std::exchange(break_, &left);
  FlowState* const outer_continue = std::exchange(continue_, &again);
  body(again);
  break_ = outer_break;
  continue_ = outer_continue;
  const std::uint64_t late = now_.live ? now_.assigned & ~entry.assigned : 0;
  if (!endless) after.join(now_);
  after.join(left);
  after.assigned |= late;
  for (std::size_t i = first_read; i < reads_.size() && late != 0; ++i) {
    if ((late >> reads_[i].bit & 1) != 0) reads_[i].certain = false;
  }
  now_ = after;
}

void FlowWalk::try_statement(const TryStmt& s) {
  const FlowState entry = now_;
  FlowState left = now_, again = now_;  // jumps out of the statement, held back until `finally` has run
  left.live = again.live = false;
  FlowState* const outer_break = break_;
  FlowState* const outer_continue = continue_;
  if (s.has_finally && break_ != nullptr) {
    break_ = &left;
    continue_ = &again;
  }
  const std::uint64_t outer_touched = std::exchange(touched_, 0);
  tries_ += s.excepts.empty() ? 0 : 1;
  block(s.body);
  tries_ -= s.excepts.empty() ? 0 : 1;
  FlowState end = now_;
  bool first = true;
  for (const ExceptClause& clause : s.excepts) {
    now_ = entry;
    now_.assigned |= touched_;
    if (!first) now_.live = false;
    first = false;
    if (clause.variable.name) assign(clause.variable.id);
    block(clause.body);
    end.join(now_);
  }
  if (s.has_finally) {
    break_ = outer_break;
    continue_ = outer_continue;
    now_ = entry;
    now_.assigned |= touched_;
    const std::uint64_t before = std::exchange(touched_, 0);
    block(s.finally_body);
    const std::uint64_t maybe_assigned = touched_, still_unassigned = now_.unassigned;
    const bool passes = now_.live;
    touched_ |= before;
    const auto after_finally = [&](FlowState state) {
      state.live = state.live && passes;
      state.assigned |= maybe_assigned;
      state.unassigned &= still_unassigned;
      return state;
    };
    end = after_finally(end);
    if (outer_break != nullptr) {
      outer_break->join(after_finally(left));
      outer_continue->join(after_finally(again));
    }
  }
  touched_ |= outer_touched;
  now_ = end;
}

void FlowWalk::simple(const Stmt* s) {
  switch (s->kind) {
    case StmtKind::Expr: expression(as<ExprStmt>(s).value); break;
    case StmtKind::Assign: {
      const auto& assignment = as<AssignStmt>(s);
      expression(assignment.value);
      if (assignment.target->kind == ExprKind::Name) {
        assign(assignment.target->id);
      } else {
        expression(assignment.target);
      }
      break;
    }
    case StmtKind::Declare:
      expression(as<DeclareStmt>(s).value);
      assign(as<DeclareStmt>(s).binding.id);
      break;
    case StmtKind::Unpack:
      expression(as<UnpackStmt>(s).value);
      for (const Binding& name : as<UnpackStmt>(s).names) assign(name.id);
      break;
    case StmtKind::Function: assign(as<FunctionStmt>(s).function->name.id); break;
    case StmtKind::Return:
      expression(as<ReturnStmt>(s).value);
      now_.live = false;
      break;
    case StmtKind::Throw:
      expression(as<ThrowStmt>(s).value);
      now_.live = false;
      break;
    case StmtKind::Yield: expression(as<YieldStmt>(s).value); break;
    case StmtKind::Import: {
      const auto& import = as<ImportStmt>(s);
      if (import.alias.name) {
        assign(import.alias.id);
      } else if (!import.path.empty()) {
        assign(import.path[0].id);
      }
      break;
    }
    default: break;
  }
}

void FlowWalk::statement(const Stmt* s) {
  switch (s->kind) {
    case StmtKind::If: if_statement(as<IfStmt>(s)); break;
    case StmtKind::Try: try_statement(as<TryStmt>(s)); break;
    case StmtKind::While: {
      const auto& l = as<WhileStmt>(s);
      loop([&] { expression(l.condition); },
           [&](FlowState& again) {
             block(l.body);
             now_.join(again);
           },
           constant_condition(l.condition) == Constant::Truthy);
      break;
    }
    case StmtKind::ForIn: {
      const auto& l = as<ForInStmt>(s);
      expression(l.iterable);
      loop([] {},
           [&](FlowState& again) {
             if (l.variable.name) assign(l.variable.id);
             block(l.body);
             now_.join(again);
           },
           false);
      break;
    }
    case StmtKind::ForC: {
      const auto& l = as<ForCStmt>(s);
      if (l.init != nullptr) statement(l.init);
      loop([&] { expression(l.condition); },
           [&](FlowState& again) {
             block(l.body);
             now_.join(again);
             if (l.step != nullptr) statement(l.step);
           },
           l.condition == nullptr || constant_condition(l.condition) == Constant::Truthy);
      break;
    }
    case StmtKind::Break:
      if (break_ != nullptr) break_->join(now_);
      now_.live = false;
      break;
    case StmtKind::Continue:
      if (continue_ != nullptr) continue_->join(now_);
      now_.live = false;
      break;
    default: simple(s); break;
  }
}

}  // namespace ml::sema
