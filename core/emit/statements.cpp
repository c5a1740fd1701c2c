#include <algorithm>
#include <array>

#include "core/emit/emitter.h"
#include "core/emit/literal.h"

namespace ml::emit {

using namespace ast;

void Emitter::begin_statement() {
  w_.indent(indent_);
  if (indent_ > 95 && out_.diagnostics.empty()) too_deep({});
  statement_rows_ = w_.row_count();
  temporaries_ = 0;
}

void Emitter::end_statement(Mark begin, Span ml) {
  w_.row(begin, ml);
  w_.sort_rows(statement_rows_);
  w_.end_line();
}

void Emitter::block(Block b) {
  ++indent_;
  const std::size_t before = w_.text().size();
  for (const Stmt* s : b) statement(*s);
  if (w_.text().size() == before) {
    w_.indent(indent_);
    w_ << "pass";
    w_.end_line();
  }
  --indent_;
}

void Emitter::statement(const Stmt& s) {
  switch (s.kind) {
    case StmtKind::Bad:
    case StmtKind::Empty:
    case StmtKind::Nonlocal:
    case StmtKind::Capability: return;
    case StmtKind::Function: {
      const auto& f = as<FunctionStmt>(&s);
      if (hoisted(f)) return;
      w_.indent(indent_);
      return define(*f.function, {}, f.function->name.name);
    }
    case StmtKind::If: return if_statement(as<IfStmt>(&s));
    case StmtKind::While: return while_statement(as<WhileStmt>(&s));
    case StmtKind::ForIn: return for_in(as<ForInStmt>(&s));
    case StmtKind::ForC: return for_c(as<ForCStmt>(&s));
    case StmtKind::Try: return try_statement(as<TryStmt>(&s));
    case StmtKind::Import: return import(as<ImportStmt>(&s));
    default: return simple_statement(s);
  }
}

void Emitter::simple_statement(const Stmt& s) {
  switch (s.kind) {
    case StmtKind::Expr: hoist_functions(as<ExprStmt>(&s).value); break;
    case StmtKind::Assign:
      hoist_functions(as<AssignStmt>(&s).value);
      hoist_functions(as<AssignStmt>(&s).target);
      break;
    case StmtKind::Declare: hoist_functions(as<DeclareStmt>(&s).value); break;
    case StmtKind::Unpack: hoist_functions(as<UnpackStmt>(&s).value); break;
    case StmtKind::Return: hoist_functions(as<ReturnStmt>(&s).value); break;
    case StmtKind::Throw: hoist_functions(as<ThrowStmt>(&s).value); break;
    case StmtKind::Yield: hoist_functions(as<YieldStmt>(&s).value); break;
    case StmtKind::Continue:
      if (!loops_.empty()) {
        if (loops_.back().step) simple_statement(*loops_.back().step);
      }
      break;
    default: break;
  }
  begin_statement();
  const Mark begin = w_.mark();
  Span ml = at(s.span);
  switch (s.kind) {
    case StmtKind::Expr: expression_statement(as<ExprStmt>(&s).value); break;
    case StmtKind::Assign: assign(as<AssignStmt>(&s)); break;
    case StmtKind::Declare: {
      const auto& d = as<DeclareStmt>(&s);
      assign_name(d.binding.name, p_.cell(item_, d.binding.id), d.value);
      break;
    }
    case StmtKind::Unpack: unpack(as<UnpackStmt>(&s)); break;
    case StmtKind::Return:
      w_ << "return";
      if (const Expr* value = as<ReturnStmt>(&s).value) {
        w_ << ' ';
        expression(value);
      }
      break;
    case StmtKind::Throw: {
      w_ << "raise ";
      const Mark thrown = w_.mark();
      w_ << "__throw(";
      expression(as<ThrowStmt>(&s).value);
      w_ << ')';
      w_.row(thrown, ml);
      break;
    }
    case StmtKind::Yield:
      w_ << "yield";
      if (const Expr* value = as<YieldStmt>(&s).value) {
        w_ << ' ';
        expression(value);
      }
      break;
    case StmtKind::Break: w_ << "break"; break;
    case StmtKind::Continue: w_ << "continue"; break;
    default: w_ << "pass"; break;
  }
  end_statement(begin, ml);
}

void Emitter::expression_statement(E e) {
  if (e->kind == ExprKind::Call) return call(as<CallExpr>(e), true);
  expression(e);
}

void Emitter::assign(const AssignStmt& a) {
  const E target = a.target;
  // `helper(object, keys, value)`. Right side, container, keys: in this order. Unless it can wait, a
  // temporary keeps the value where that could be seen.
  const auto store_by = [&](std::string_view helper, E object, bool wait, ByteOffset begin,
                            const auto& keys) {
    const unsigned held = wait || simple(a.value) ? 0 : hold(a.value);
    const Mark store = w_.mark();
    w_ << helper << '(';
    expression(object);
    keys();
    w_ << ", ";
    held_or(held, a.value);
    w_ << ')';
    w_.row(store, at({begin, a.span.end}));
  };
  if (target->kind == ExprKind::Name) {
    return assign_name(as<NameExpr>(target).name, p_.cell(item_, target->id), a.value);
  }
  if (target->kind == ExprKind::Member) {
    const auto& m = as<MemberExpr>(target);
    const Mark begin = w_.mark();
    subscript(m.object, member_name(m));
    w_.row(begin, at({m.name_span.begin, a.span.end}));
  } else if (target->kind == ExprKind::Index) {
    const auto& i = as<IndexExpr>(target);
    const Mark begin = w_.mark();
    const Types container = types(i.object), key = types(i.index);
    if (only(container, kObject) || !may_be(key, kFloat)) {
      expression(i.object, kPostfixLevel);
      open('[', i.span);
      expression(i.index);
      close(']');
      w_.row(begin, at({i.open.begin, a.span.end}));
    } else {
      const bool wait = !effects(i.object) && !effects(i.index) && !effects(a.value);
      store_by("__set_index", i.object, wait, i.open.begin, [&] {
        w_ << ", ";
        expression(i.index);
      });
      return;
    }
  } else {
    const auto& s = as<SliceExpr>(target);
    const Mark begin = w_.mark();
    if (plain_slice(s) && only(types(s.object), kArray) && only(types(a.value), kArray)) {
      expression(s.object, kPostfixLevel);
      open('[', s.span);
      slice_bounds(s);
      close(']');
      w_.row(begin, at({s.open.begin, a.span.end}));
    } else {
      store_by("__set_slice", s.object, !effects(target), s.open.begin, [&] {
        for (E bound : {s.begin, s.end, s.step}) {
          w_ << ", ";
          optional(bound);
        }
      });
      return;
    }
  }
  w_ << " = ";
  expression(a.value);
}

unsigned Emitter::hold(E value) {
  const unsigned t = new_temporary();
  temporary(t);
  w_ << " = ";
  expression(value);
  w_ << "; ";
  return t;
}

void Emitter::held_or(unsigned held, E value) {
  if (held)
    temporary(held);
  else
    expression(value);
}

// `s = s + ...` on a string that is a local variable: CPython then appends in place, also when what is added
// has to be made a string first.
void Emitter::assign_name(NameId target, CellId cell, E value) {
  name(target);
  w_ << " = ";
  if (!value) {
    w_ << "None";
    return;
  }
  std::vector<const BinaryExpr*> chain;
  const Expr* left = value;
  while (left->kind == ExprKind::Binary && as<BinaryExpr>(left).op == BinaryOp::Add) {
    chain.push_back(&as<BinaryExpr>(left));
    left = chain.back()->left;
  }
  const bool appends =
      !chain.empty() && cell != kNone && left->kind == ExprKind::Name && p_.cell(item_, left->id) == cell &&
      types(left) == kString && !(chain.size() == 1 && types(chain[0]->right) == kString) &&
      std::ranges::none_of(chain, [&](const BinaryExpr* b) { return types_.may_grow_large(item_, *b); });
  if (!appends) return expression(value);
  const Mark begin = w_.mark();
  name_read(left);
  w_ << " + ";
  const Mark added = w_.mark();
  const bool single = chain.size() == 1;
  const bool strings =
      std::ranges::all_of(chain, [&](const BinaryExpr* b) { return types(b->right) == kString; });
  w_ << (strings ? "(" : single ? "__str(" : "__concat(");
  for (std::size_t i = chain.size(); i-- > 0;) {
    expression(chain[i]->right, strings ? kMulLevel : kLoose);
    if (i) w_ << (strings ? " + " : ", ");
  }
  w_ << ')';
  const Span place = at({chain.back()->op_span.begin, value->span.end});
  if (!strings) w_.row(added, place);
  w_.row(begin, place);
}

void Emitter::unpack(const UnpackStmt& u) {
  const std::size_t count = u.names.size();
  if (count == 1) w_ << '(';
  bool first = true;
  for (const Binding& b : u.names) {
    if (!first) w_ << ", ";
    first = false;
    name(b.name);
  }
  w_ << (count == 1 ? ",) = " : " = ");
  const Mark begin = w_.mark();
  const Span place = at(u.span);
  if (u.is_object) {
    w_ << "__props(";
    expression(u.value);
    for (const Binding& b : u.names) {
      w_ << ", ";
      append_string(w_.text(), p_.names.text(b.name));
    }
    w_ << ')';
    w_.row(begin, place);
    return;
  }
  if (u.value->kind == ExprKind::Array && as<ArrayExpr>(u.value).items.size() == count) {
    if (count == 1) w_ << '(';
    first = true;
    for (E item : as<ArrayExpr>(u.value).items) {
      if (!first) w_ << ", ";
      first = false;
      expression(item, kTernaryLevel);
    }
    if (count == 1) w_ << ",)";
    return;
  }
  w_ << "__unpack(";
  expression(u.value);
  w_ << ", ";
  w_.number(count);
  w_ << ')';
  w_.row(begin, place);
}

void Emitter::if_statement(const IfStmt& s) {
  for (const IfBranch& branch : s.branches) hoist_functions(branch.condition);
  w_.indent(indent_);
  const std::size_t own = w_.open_row(w_.mark(), at(s.span));
  bool first = true;
  if (s.branches.size() > 1000) too_deep(s.span);
  for (const IfBranch& branch : s.branches) {
    if (!first) w_.indent(indent_);
    if (branch.condition) {
      statement_rows_ = w_.row_count();
      w_ << (first ? "if " : "elif ");
      expression(branch.condition);
      w_.sort_rows(statement_rows_);
    } else {
      w_ << "else";
    }
    w_ << ':';
    w_.end_line();
    block(branch.body);
    first = false;
  }
  w_.close_row(own);
}

void Emitter::try_statement(const TryStmt& s) {
  if (s.excepts.empty() && !s.has_finally) {
    for (const Stmt* inner : s.body) statement(*inner);
    return;
  }
  if (++blocks_ > kMostBlocks) too_deep(s.span);
  w_.indent(indent_);
  const std::size_t own = w_.open_row(w_.mark(), at(s.span));
  w_ << "try:";
  w_.end_line();
  block(s.body);
  if (!s.excepts.empty()) {
    const ExceptClause& clause = s.excepts.front();
    w_.indent(indent_);
    const std::size_t handler = w_.open_row(w_.mark(), at(clause.span));
    w_ << "except __Exception";
    if (clause.variable.name) w_ << " as __e";
    w_ << ':';
    w_.end_line();
    if (clause.variable.name) {
      ++indent_;
      begin_statement();
      const Mark begin = w_.mark();
      name(clause.variable.name);
      w_ << " = __caught(__e)";
      end_statement(begin, at(clause.variable.span));
      --indent_;
      ++indent_;
      for (const Stmt* inner : clause.body) statement(*inner);
      --indent_;
    } else {
      block(clause.body);
    }
    w_.close_row(handler);
  }
  if (s.has_finally) {
    w_.indent(indent_);
    w_ << "finally:";
    w_.end_line();
    block(s.finally_body);
  }
  w_.close_row(own);
  --blocks_;
}

// The twin of a module: the Python module object whose attributes are the ML module's variables. Its name
// must not be one of the helpers' (`import add;` would hide __add).
void Emitter::name_twin(std::string_view dotted) {
  static constexpr std::array<std::string_view, 37> kHelpers = {
      "obj",    "obj_of",    "add",    "mul",        "mod",      "concat",   "index", "set_index",
      "slice",  "set_slice", "get",    "length",     "call",     "iter",     "range", "count",
      "unpack", "props",     "pick",   "str",        "e",        "caught",   "throw", "unset",
      "import", "namespace", "type",   "int",        "float",    "str_type", "list",  "len",
      "max",    "Exception", "Object", "range_type", "bool_type"};
  if (twins_.contains(dotted)) return;
  std::string made = "__";
  const std::string_view first = dotted.substr(0, dotted.find_first_of("._"));
  const bool clash =
      std::ranges::find(kHelpers, dotted) != kHelpers.end() || first == "m" || first == "ml" ||
      first == "fn" || first == "mod" || first == "again" || dotted.find("__") != dotted.npos ||
      (dotted[0] == 't' && dotted.find_first_not_of("0123456789", 1) == dotted.npos) || dotted.ends_with('_');
  if (clash) made += "mod_";
  for (const char c : dotted) made += c == '.' ? '_' : c;
  while (std::ranges::any_of(twins_, [&](const auto& other) { return other.second == made; })) made += '_';
  twins_[dotted] = made;
}

std::string_view Emitter::twin(std::string_view dotted) const {
  const auto it = twins_.find(dotted);
  return it == twins_.end() ? std::string_view{} : std::string_view{it->second};
}

void Emitter::import(const ImportStmt& s) {
  if (std::ranges::find(out_.imports, s.dotted) == out_.imports.end()) out_.imports.emplace_back(s.dotted);
  const std::string_view twin_name = twin(s.dotted);
  const auto call_text = [&](std::string_view helper) {
    const Mark begin = w_.mark();
    w_ << helper << '(';
    if (helper == "__namespace") {
      append_string(w_.text(), p_.names.text(s.path.front().name));
      w_ << ", ";
    }
    append_string(w_.text(), s.dotted);
    w_ << ')';
    w_.row(begin, at(s.span));
  };
  begin_statement();
  Mark begin = w_.mark();
  if (s.alias.name || s.path.size() == 1) {
    name(s.alias.name ? s.alias.name : s.path.front().name);
    w_ << ", " << twin_name << " = ";
    call_text("__import");
  } else {
    w_ << twin_name << " = ";
    call_text("__import");
    w_ << "[1]";
    end_statement(begin, at(s.span));
    begin_statement();
    begin = w_.mark();
    name(s.path.front().name);
    w_ << " = ";
    call_text("__namespace");
  }
  end_statement(begin, at(s.span));
}

}  // namespace ml::emit
