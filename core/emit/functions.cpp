#include <algorithm>

#include "core/emit/emitter.h"

namespace ml::emit {

using namespace ast;

// Declarations bound at scope entry: the textually first binding of their name (language.md 3.4).
void Emitter::hoist_declarations(Block b) {
  for (const Stmt* s : b) {
    if (s->kind != StmtKind::Function) continue;
    const Function& f = *as<FunctionStmt>(s).function;
    const CellId cell = p_.cell(item_, f.name.id);
    if (cell == kNone || !p_.variable(cell).hoisted || hoisted_done_[cell]) continue;
    hoisted_done_[cell] = true;
    defined_[p_.function_no(item_, f)] = 0;
    w_.indent(indent_);
    define(f, {}, f.name.name);
  }
}

bool Emitter::hoisted(const FunctionStmt& s) { return defined_[p_.function_no(item_, *s.function)] != kNone; }

// Writes `def` from the current place on; the indentation is already there.
void Emitter::define(const Function& f, std::string_view python_name, NameId ml_name) {
  const std::size_t own = w_.open_row(w_.mark(), at(f.span));
  w_ << "def ";
  if (python_name.empty())
    name(ml_name);
  else
    w_ << python_name;
  w_ << '(';
  parameters(f);
  w_ << "):";
  w_.end_line();
  function_body(f);
  w_.close_row(own);
  if (indent_ == 0) w_.end_line();
}

void Emitter::parameters(const Function& f) {
  bool first = true;
  for (const Param& param : f.params) {
    if (!first) w_ << ", ";
    first = false;
    name(param.binding.name);
    if (param.default_value) w_ << "=__unset";
  }
}

void Emitter::scope_words(FunctionNo f) {
  const sema::FunctionScope& scope = p_.scope(f);
  const auto line = [this](std::string_view word, const std::vector<NameId>& names) {
    if (names.empty()) return;
    w_.indent(indent_);
    w_ << word;
    bool first = true;
    for (const NameId id : names) {
      w_ << (first ? " " : ", ");
      first = false;
      name(id);
    }
    w_.end_line();
  };
  line("global", scope.globals);
  line("nonlocal", scope.nonlocals);
}

std::string_view Emitter::own_name(const Function& f) const {
  return f.name.name ? p_.names.text(f.name.name) : std::string_view{};
}

bool Emitter::evaluates_before_generator(const Function& f) {
  return f.is_generator &&
         std::ranges::any_of(f.params, [](const Param& param) { return param.default_value != nullptr; });
}

// The rest of the body becomes a generator of its own, which the function starts and returns: Python would
// run nothing of a generator function before the first `next`.
std::size_t Emitter::begin_generator(const Function& f) {
  w_.indent(indent_);
  const std::size_t row = w_.open_row(w_.mark(), at(f.span));
  w_ << "def __gen_" << own_name(f) << "():";
  w_.end_line();
  ++indent_;
  w_.indent(indent_);
  w_ << "nonlocal ";
  for (const Param& param : f.params) {
    if (&param != &f.params.front()) w_ << ", ";
    name(param.binding.name);
  }
  w_.end_line();
  scope_words(function_);
  return row;
}

void Emitter::end_generator(const Function& f, std::size_t row) {
  w_.close_row(row);
  --indent_;
  w_.indent(indent_);
  w_ << "return __gen_" << own_name(f) << "()";
  w_.end_line();
}

void Emitter::function_body(const Function& f) {
  const FunctionNo outer = std::exchange(function_, p_.function_no(item_, f));
  const unsigned outer_blocks = std::exchange(blocks_, 0u), outer_brackets = std::exchange(brackets_, 0u);
  const unsigned outer_temporaries = temporaries_;
  const std::size_t outer_rows = statement_rows_;
  std::vector<Loop> outer_loops;
  outer_loops.swap(loops_);

  ++indent_;
  const std::size_t before = w_.text().size();
  const bool starts_at_call = evaluates_before_generator(f);
  if (!starts_at_call) scope_words(function_);
  for (const Param& param : f.params) {
    if (!param.default_value) continue;
    w_.indent(indent_);
    w_ << "if ";
    name(param.binding.name);
    w_ << " is __unset:";
    w_.end_line();
    ++indent_;
    hoist_functions(param.default_value);
    begin_statement();
    const Mark begin = w_.mark();
    name(param.binding.name);
    w_ << " = ";
    expression(param.default_value);
    end_statement(begin, at(param.default_value->span));
    --indent_;
  }
  const std::size_t generator_row = starts_at_call ? begin_generator(f) : 0;
  if (f.result) {
    hoist_functions(f.result);
    begin_statement();
    const Mark begin = w_.mark();
    w_ << "return ";
    expression(f.result);
    end_statement(begin, at(f.result->span));
  } else {
    hoist_declarations(f.body);
    for (const Stmt* s : f.body) statement(*s);
    if (f.is_generator) {
      // A generator also where the body has no `yield`.
      w_.indent(indent_);
      w_ << "return";
      w_.end_line();
      w_.indent(indent_);
      w_ << "yield";
      w_.end_line();
    } else if (w_.text().size() == before) {
      w_.indent(indent_);
      w_ << "pass";
      w_.end_line();
    }
  }
  if (starts_at_call) end_generator(f, generator_row);
  --indent_;

  loops_.swap(outer_loops);
  statement_rows_ = outer_rows;
  brackets_ = outer_brackets;
  temporaries_ = outer_temporaries;
  blocks_ = outer_blocks;
  function_ = outer;
}

void Emitter::hoist_functions(E e) {
  if (!e || !(survey_.nodes[p_.node(item_, e->id)] & kNeedsDef)) return;
  switch (e->kind) {
    case ExprKind::Function: return define_expression(as<FunctionExpr>(e));
    case ExprKind::Template:
      for (const TemplatePart& part : as<TemplateExpr>(e).parts) hoist_functions(part.expr);
      return;
    case ExprKind::Array:
      for (E item : as<ArrayExpr>(e).items) hoist_functions(item);
      return;
    case ExprKind::Object:
      for (const Property& property : as<ObjectExpr>(e).properties) hoist_functions(property.value);
      return;
    case ExprKind::Unary: return hoist_functions(as<UnaryExpr>(e).operand);
    case ExprKind::Binary:
      hoist_functions(as<BinaryExpr>(e).left);
      return hoist_functions(as<BinaryExpr>(e).right);
    case ExprKind::Logical:
      hoist_functions(as<LogicalExpr>(e).left);
      return hoist_functions(as<LogicalExpr>(e).right);
    case ExprKind::Ternary:
      hoist_functions(as<TernaryExpr>(e).condition);
      hoist_functions(as<TernaryExpr>(e).then_value);
      return hoist_functions(as<TernaryExpr>(e).else_value);
    case ExprKind::Call:
      hoist_functions(as<CallExpr>(e).callee);
      for (E argument : as<CallExpr>(e).arguments) hoist_functions(argument);
      return;
    case ExprKind::Index:
      hoist_functions(as<IndexExpr>(e).object);
      return hoist_functions(as<IndexExpr>(e).index);
    case ExprKind::Slice: {
      const auto& s = as<SliceExpr>(e);
      for (E part : {s.object, s.begin, s.end, s.step}) hoist_functions(part);
      return;
    }
    case ExprKind::Member: return hoist_functions(as<MemberExpr>(e).object);
    default: return;
  }
}

void Emitter::define_expression(const FunctionExpr& e) {
  const Function& f = *e.function;
  const unsigned n = ++functions_;
  defined_[p_.function_no(item_, f)] = n;
  const std::string python_name = (f.name.name ? "__scope_" : "__fn_") + std::to_string(n);
  w_.indent(indent_);
  if (!f.name.name) return define(f, python_name, {});
  // The name is visible inside only: a scope of its own holds it.
  w_ << "def " << python_name << "():";
  w_.end_line();
  ++indent_;
  w_.indent(indent_);
  define(f, {}, f.name.name);
  w_.indent(indent_);
  w_ << "return ";
  name(f.name.name);
  w_.end_line();
  --indent_;
}

void Emitter::lambda(const FunctionExpr& e, int level) {
  const Function& f = *e.function;
  if (const unsigned n = defined_[p_.function_no(item_, f)]; n != kNone) {
    w_ << (f.name.name ? "__scope_" : "__fn_");
    w_.number(n);
    if (f.name.name) w_ << "()";
    return;
  }
  if (level > kLoose) open('(', f.span);
  const Mark begin = w_.mark();
  w_ << "lambda";
  if (!f.params.empty()) w_ << ' ';
  parameters(f);
  w_ << ": ";
  const FunctionNo outer = std::exchange(function_, p_.function_no(item_, f));
  expression(f.result);
  function_ = outer;
  w_.row(begin, at(f.span));
  if (level > kLoose) close(')');
}

}  // namespace ml::emit
