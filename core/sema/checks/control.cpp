#include "core/sema/checks/control.h"

#include <utility>
#include <vector>

#include "core/sema/checks/literals.h"
#include "core/sema/children.h"
#include "core/sema/types.h"

namespace ml::sema {

using namespace ast;

namespace {

class Control {
 public:
  Control(const Words& words, DiagSink& sink) : words_(words), sink_(sink) {}

  bool run(const Stmt* s) { return statement(s); }

 private:
  // What the statements of one function have done so far.
  struct Frame {
    const Function* function = nullptr;
    bool returns_value = false, returns_nothing = false, broken = false;
    std::uint32_t loops = 0;             // loops around
    std::uint32_t loops_in_finally = 0;  // of them, inside the innermost `finally`
    std::uint32_t finallies = 0;
    std::uint32_t leaves = 0;  // return, throw and yield statements seen
    bool loop_breaks = false;  // the innermost loop has a `break`
  };

  static Span word(const Stmt* s, std::uint32_t length) { return {s->span.begin, s->span.begin + length}; }

  void expression(const Expr* root) {
    visit_expression(root, stack_, [&](const Expr* e) {
      switch (e->kind) {
        case ExprKind::Bad: frame_.broken = true; break;
        case ExprKind::Function: function(*as<FunctionExpr>(e).function); break;
        case ExprKind::Object: check_duplicate_keys(as<ObjectExpr>(e), sink_); break;
        case ExprKind::Ternary: condition(as<TernaryExpr>(e).condition, false); break;
        case ExprKind::Binary: {
          const auto& binary = as<BinaryExpr>(e);
          const bool divides =
              binary.op == BinaryOp::Div || binary.op == BinaryOp::FloorDiv || binary.op == BinaryOp::Mod;
          if (divides && is_zero(binary.right)) sink_.emit(diag::DivisionByZero, binary.op_span);
          break;
        }
        default: break;
      }
    });
  }

  void condition(const Expr* e, bool is_loop) {
    if (e == nullptr || constant_condition(e) == Constant::None) return;
    if (is_loop && e->kind == ExprKind::Bool && as<BoolExpr>(e).value) return;
    sink_.emit(diag::ConstantCondition, e->span);
  }

  void function(const Function& f) {
    const Frame outer = std::exchange(frame_, Frame{});
    frame_.function = &f;
    for (const Param& p : f.params) expression(p.default_value);
    if (f.result != nullptr) {
      expression(f.result);
    } else {
      const bool falls_off = block(f.body);
      if (!f.is_generator && !frame_.broken && frame_.returns_value &&
          (falls_off || frame_.returns_nothing)) {
        const std::string_view name = f.name.name ? words_.text(f.name.name) : "<anonymous>";
        sink_.emit(diag::MixedReturns, f.name.name ? f.name.span : f.header, name);
      }
    }
    const bool broken = frame_.broken;
    frame_ = outer;
    frame_.broken = frame_.broken || broken;
  }

  bool block(Block statements) {
    bool live = true, reported = false;
    for (const Stmt* s : statements) {
      if (!live && !reported && s->kind != StmtKind::Function && s->kind != StmtKind::Empty &&
          s->kind != StmtKind::Nonlocal && s->kind != StmtKind::Bad) {
        sink_.emit(diag::Unreachable, s->span);
        reported = true;
      }
      const bool completes = statement(s);
      live = live && completes;
    }
    return live;
  }

  void jump(const Stmt* s, std::string_view name, bool inside_a_loop_of_finally) {
    if (frame_.finallies > 0 && !inside_a_loop_of_finally) {
      sink_.emit(diag::JumpInFinally, word(s, static_cast<std::uint32_t>(name.size())), name);
    }
  }

  // Returns whether the loop can be left at all; `head` is its keyword.
  bool loop(Span head, const Expr* condition_, Block body, const Stmt* step, bool endless) {
    condition(condition_, true);
    const bool outer_breaks = std::exchange(frame_.loop_breaks, false);
    const std::uint32_t leaves = frame_.leaves;
    ++frame_.loops;
    ++frame_.loops_in_finally;
    block(body);
    --frame_.loops;
    --frame_.loops_in_finally;
    if (step != nullptr) statement(step);
    const bool breaks = std::exchange(frame_.loop_breaks, outer_breaks);
    if (!endless) return true;
    if (!breaks && frame_.leaves == leaves && !frame_.broken) {
      sink_.emit(diag::EndlessLoop, head);
      sink_.emit(diag::LoopWithoutExit, head);
    }
    return breaks;
  }

  bool if_statement(const IfStmt& s) {
    bool completes = false, has_else = false;
    for (const IfBranch& branch : s.branches) {
      expression(branch.condition);
      condition(branch.condition, false);
      has_else = has_else || branch.condition == nullptr;
      completes = block(branch.body) || completes;
    }
    return completes || !has_else;
  }

  bool try_statement(const TryStmt& s) {
    if (s.excepts.empty() && !s.has_finally) sink_.emit(diag::BareTry, word(&s, 3));
    bool completes = block(s.body);
    bool first = true;
    for (const ExceptClause& clause : s.excepts) {
      const Span keyword{clause.span.begin, clause.span.begin + 6};
      if (!first) sink_.emit(diag::SecondExcept, keyword);
      if (clause.variable.name) {
        const std::string_view name = words_.text(clause.variable.name);
        if (name[0] >= 'A' && name[0] <= 'Z' && (name.ends_with("Error") || name.ends_with("Exception"))) {
          sink_.emit(diag::ExceptIsNoFilter, clause.variable.span, name).hint =
              "`except (e)` catches every error; look at `e.type`";
        }
      }
      const bool passes = block(clause.body);
      completes = completes || (first && passes);
      first = false;
    }
    if (s.has_finally) {
      ++frame_.finallies;
      const std::uint32_t loops = std::exchange(frame_.loops_in_finally, 0u);
      completes = block(s.finally_body) && completes;
      frame_.loops_in_finally = loops;
      --frame_.finallies;
    }
    return completes;
  }

  void expression_statement(const ExprStmt& s) {
    bool acts = false;
    visit_expression(s.value, stack_, [&](const Expr* e) {
      acts = acts || e->kind == ExprKind::Call || e->kind == ExprKind::Bad;
    });
    if (!acts) sink_.emit(diag::NoEffect, s.value->span);
    expression(s.value);
  }

  bool statement(const Stmt* s) {
    switch (s->kind) {
      case StmtKind::Bad: frame_.broken = true; return true;
      case StmtKind::Empty:
      case StmtKind::Nonlocal:
      case StmtKind::Import:
      case StmtKind::Capability: return true;
      case StmtKind::Expr: expression_statement(as<ExprStmt>(s)); return true;
      case StmtKind::Assign:
        expression(as<AssignStmt>(s).value);
        expression(as<AssignStmt>(s).target);
        return true;
      case StmtKind::Declare: expression(as<DeclareStmt>(s).value); return true;
      case StmtKind::Unpack:
        check_duplicate_names(as<UnpackStmt>(s).names, words_, sink_);
        expression(as<UnpackStmt>(s).value);
        return true;
      case StmtKind::Function: function(*as<FunctionStmt>(s).function); return true;
      case StmtKind::If: return if_statement(as<IfStmt>(s));
      case StmtKind::While: {
        const auto& l = as<WhileStmt>(s);
        expression(l.condition);
        return loop(word(s, 5), l.condition, l.body, nullptr,
                    constant_condition(l.condition) == Constant::Truthy);
      }
      case StmtKind::ForIn:
        expression(as<ForInStmt>(s).iterable);
        return loop(word(s, 3), nullptr, as<ForInStmt>(s).body, nullptr, false);
      case StmtKind::ForC: {
        const auto& l = as<ForCStmt>(s);
        if (l.init != nullptr) statement(l.init);
        expression(l.condition);
        return loop(word(s, 3), l.condition, l.body, l.step,
                    l.condition == nullptr || constant_condition(l.condition) == Constant::Truthy);
      }
      case StmtKind::Try: return try_statement(as<TryStmt>(s));
      case StmtKind::Return: {
        const Expr* value = as<ReturnStmt>(s).value;
        if (frame_.function == nullptr) sink_.emit(diag::ReturnOutside, word(s, 6));
        jump(s, "return", false);
        (value != nullptr ? frame_.returns_value : frame_.returns_nothing) = true;
        ++frame_.leaves;
        expression(value);
        return false;
      }
      case StmtKind::Throw:
        ++frame_.leaves;
        expression(as<ThrowStmt>(s).value);
        return false;
      case StmtKind::Break:
      case StmtKind::Continue: {
        const bool is_break = s->kind == StmtKind::Break;
        const std::string_view name = is_break ? "break" : "continue";
        if (frame_.loops == 0)
          sink_.emit(diag::LoopJumpOutside, word(s, static_cast<std::uint32_t>(name.size())), name);
        jump(s, name, frame_.loops_in_finally > 0 || frame_.loops == 0);
        if (is_break) frame_.loop_breaks = true;
        return false;
      }
      case StmtKind::Yield:
        ++frame_.leaves;
        expression(as<YieldStmt>(s).value);
        return true;
    }
    return true;
  }

  const Words& words_;
  DiagSink& sink_;
  Frame frame_;
  std::vector<const Expr*> stack_;
};

}  // namespace

bool check_control(const Item& item, const Words& words, DiagSink& sink) {
  return item.stmt == nullptr || Control(words, sink).run(item.stmt);
}

}  // namespace ml::sema
