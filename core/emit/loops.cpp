#include "core/emit/emitter.h"

namespace ml::emit {

using namespace ast;

namespace {

// A `continue` of this loop inside a `try`: the step must not run there, where an error of it would be
// caught.
bool continues_in_try(Block b, bool in_try) {
  for (const Stmt* s : b) {
    switch (s->kind) {
      case StmtKind::Continue:
        if (in_try) return true;
        break;
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches) {
          if (continues_in_try(branch.body, in_try)) return true;
        }
        break;
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        const bool inside = in_try || !t.excepts.empty() || t.has_finally;
        if (continues_in_try(t.body, inside) || continues_in_try(t.finally_body, inside)) return true;
        if (!t.excepts.empty() && continues_in_try(t.excepts.front().body, inside)) return true;
        break;
      }
      default: break;
    }
  }
  return false;
}

}  // namespace

std::size_t Emitter::open_statement(Span where) {
  begin_statement();
  const std::size_t row = w_.open_row(w_.mark(), at(where));
  statement_rows_ = w_.row_count();
  return row;
}

void Emitter::end_header() {
  w_.sort_rows(statement_rows_);
  w_ << ':';
  w_.end_line();
}

void Emitter::enter_loop(Loop loop, Span where) {
  if (++blocks_ > kMostBlocks) too_deep(where);
  loops_.push_back(loop);
}

void Emitter::leave_loop() {
  loops_.pop_back();
  --blocks_;
}

void Emitter::while_statement(const WhileStmt& s) {
  hoist_functions(s.condition);
  const std::size_t own = open_statement(s.span);
  w_ << "while ";
  expression(s.condition);
  end_header();
  enter_loop({}, s.span);
  block(s.body);
  leave_loop();
  w_.close_row(own);
}

void Emitter::for_in(const ForInStmt& s) {
  hoist_functions(s.iterable);
  const std::size_t own = open_statement(s.span);
  w_ << "for ";
  name(s.variable.name);
  w_ << " in ";
  const Mark begin = w_.mark();
  const Types t = types(s.iterable);
  const bool generator = t == kOther && types_.content(item_, s.iterable) != kUnknownContent;
  if (s.iterable->kind == ExprKind::Call && is_builtin(as<CallExpr>(s.iterable).callee, "range")) {
    w_ << "__range";
    open('(', s.span);
    arguments(as<CallExpr>(s.iterable));
    close(')');
    w_.row(begin, at(s.iterable->span));
  } else if (only(t, kString | kArray) || generator) {
    expression(s.iterable);
    w_.row(begin, at(s.iterable->span));
  } else {
    w_ << "__iter";
    open('(', s.span);
    expression(s.iterable);
    close(')');
    w_.row(begin, at(s.iterable->span));
  }
  end_header();
  enter_loop({}, s.span);
  block(s.body);
  leave_loop();
  w_.close_row(own);
}

void Emitter::for_c(const ForCStmt& s) {
  if (Counting c; counting(s, c)) return for_counting(s, c);
  if (s.init) statement(*s.init);
  const bool flagged = s.step && continues_in_try(s.body, false);
  const unsigned flag = flagged ? ++flags_ : 0;
  const auto flag_line = [&](std::string_view value) {
    w_.indent(indent_);
    w_ << "__again_";
    w_.number(flag);
    w_ << value;
    w_.end_line();
  };
  if (flagged) flag_line(" = False");
  if (s.condition) hoist_functions(s.condition);
  const std::size_t own = open_statement(s.span);
  w_ << "while ";
  if (s.condition && !flagged)
    expression(s.condition);
  else
    w_ << "True";
  end_header();
  enter_loop({flagged ? nullptr : s.step, flag}, s.span);
  if (flagged) {
    // while True: step (from the second round on), test, body
    ++indent_;
    w_.indent(indent_);
    w_ << "if __again_";
    w_.number(flag);
    w_ << ':';
    w_.end_line();
    ++indent_;
    statement(*s.step);
    --indent_;
    flag_line(" = True");
    if (s.condition) {
      begin_statement();
      const Mark begin = w_.mark();
      w_ << "if not ";
      expression(s.condition, kNotLevel);
      w_ << ": break";
      end_statement(begin, at(s.condition->span));
    }
    for (const Stmt* inner : s.body) statement(*inner);
    --indent_;
  } else if (s.step) {
    ++indent_;
    for (const Stmt* inner : s.body) statement(*inner);
    statement(*s.step);
    --indent_;
  } else {
    block(s.body);
  }
  leave_loop();
  w_.close_row(own);
}

// for (i = START; i < BOUND; i = i + STEP) where nothing else touches i and BOUND stays: Python's range.
bool Emitter::counting(const ForCStmt& s, Counting& out) {
  if (!s.init || !s.condition || !s.step || s.condition->kind != ExprKind::Binary) return false;
  NodeId id;
  if (s.init->kind == StmtKind::Assign && as<AssignStmt>(s.init).target->kind == ExprKind::Name) {
    const auto& a = as<AssignStmt>(s.init);
    out.name = as<NameExpr>(a.target).name;
    out.start = a.value;
    id = a.target->id;
  } else if (s.init->kind == StmtKind::Declare && as<DeclareStmt>(s.init).value) {
    const auto& d = as<DeclareStmt>(s.init);
    out.name = d.binding.name;
    out.start = d.value;
    id = d.binding.id;
  } else {
    return false;
  }
  const CellId cell = out.variable = p_.cell(item_, id);
  if (cell == kNone || survey_.variables[cell] & kAssignedElsewhere) return false;
  if (types(out.start) != kInt) return false;
  const auto is_counter = [&](E e) { return e->kind == ExprKind::Name && p_.cell(item_, e->id) == cell; };

  const auto& condition = as<BinaryExpr>(s.condition);
  BinaryOp op = condition.op;
  out.bound = condition.right;
  if (!is_counter(condition.left)) {
    if (!is_counter(condition.right)) return false;
    out.bound = condition.left;
    op = op == BinaryOp::Lt   ? BinaryOp::Gt
         : op == BinaryOp::Gt ? BinaryOp::Lt
         : op == BinaryOp::Le ? BinaryOp::Ge
         : op == BinaryOp::Ge ? BinaryOp::Le
                              : op;
  }
  if (op < BinaryOp::Lt) return false;
  out.down = op == BinaryOp::Gt || op == BinaryOp::Ge;
  out.inclusive = op == BinaryOp::Le || op == BinaryOp::Ge;

  if (s.step->kind != StmtKind::Assign || !is_counter(as<AssignStmt>(s.step).target)) return false;
  const Expr* stepped = as<AssignStmt>(s.step).value;
  if (stepped->kind != ExprKind::Binary) return false;
  const auto& step = as<BinaryExpr>(stepped);
  if (step.op != (out.down ? BinaryOp::Sub : BinaryOp::Add)) return false;
  if (is_counter(step.left))
    out.step = step.right;
  else if (step.op == BinaryOp::Add && is_counter(step.right))
    out.step = step.left;
  else
    return false;
  if (out.step->kind == ExprKind::Number) {
    const auto& n = as<NumberExpr>(out.step);
    if (n.is_float || n.text.find_first_not_of('0') == std::string_view::npos || n.text.size() > 15 ||
        (n.text.size() > 1 && n.text[0] == '0')) {
      return false;
    }
    if (n.text == "1") out.step = nullptr;
  } else {
    if (out.step->kind != ExprKind::Name || types(out.step) != kInt || !variable_stays(out.step, s))
      return false;
    if (survey_.variables[p_.cell(item_, out.step->id)] & kMaybeNotPositive) return false;
  }
  if (assigns(s.body, cell)) return false;
  out.whole = true;
  return bound_stays(out.bound, s, out.whole);
}

void Emitter::for_counting(const ForCStmt& s, const Counting& c) {
  const bool final_value = survey_.variables[c.variable] & kReadAfterLoop;
  if (final_value)
    statement(*s.init);
  else
    hoist_functions(c.start);
  const std::size_t own = open_statement(s.span);
  w_ << "for ";
  name(c.name);
  w_ << " in ";
  const Mark begin = w_.mark();
  w_ << (c.whole ? "__range_type(" : "__count(");
  const bool from_zero = c.whole && !final_value && !c.step && !c.down && c.start->kind == ExprKind::Number &&
                         as<NumberExpr>(c.start).text == "0";
  if (final_value)
    name(c.name);
  else if (!from_zero)
    expression(c.start);
  if (!from_zero) w_ << ", ";
  if (c.whole) {
    if (c.inclusive && c.bound->kind == ExprKind::Number && as<NumberExpr>(c.bound).text.size() < 10 &&
        as<NumberExpr>(c.bound).text.find_first_not_of("0123456789") == std::string_view::npos) {
      w_ << std::to_string(std::stoll(std::string(as<NumberExpr>(c.bound).text)) + (c.down ? -1 : 1));
    } else {
      expression(c.bound, c.inclusive ? kAddLevel : kLoose);
      if (c.inclusive) w_ << (c.down ? " - 1" : " + 1");
    }
    if (c.step || c.down) w_ << (c.down ? ", -" : ", ");
  } else {
    expression(c.bound);
    w_ << (c.down ? ", -" : ", ");
  }
  if (c.step)
    expression(c.step, kUnaryLevel);
  else if (c.down || !c.whole)
    w_ << '1';
  if (!c.whole) w_ << (c.inclusive ? ", True" : ", False");
  w_ << ')';
  w_.row(begin, at({as<BinaryExpr>(s.condition).op_span.begin, s.condition->span.end}));
  end_header();
  enter_loop({}, s.span);
  block(s.body);
  leave_loop();
  if (final_value) {
    // After a normal end the counter has passed the bound. Without a round it still has its start.
    w_.indent(indent_);
    w_ << "else:";
    w_.end_line();
    ++indent_;
    w_.indent(indent_);
    const std::size_t test = w_.open_row(w_.mark(), at(s.condition->span));
    statement_rows_ = w_.row_count();
    w_ << "if ";
    expression(s.condition);
    w_.sort_rows(statement_rows_);
    w_ << ':';
    w_.end_line();
    ++indent_;
    statement(*s.step);
    indent_ -= 2;
    w_.close_row(test);
  }
  w_.close_row(own);
}

}  // namespace ml::emit
