#include <algorithm>
#include <array>
#include <functional>

#include "core/emit/emitter.h"

// What the body of a loop can change: whether a C-style `for` may become Python's range.

namespace ml::emit {

using namespace ast;

namespace {

// Built-ins and modules that call no function of the program.
constexpr std::array<std::string_view, 24> kQuiet = {
    "abs",      "bool",  "chr",    "enumerate", "float", "format", "hex",    "int",
    "keys",     "len",   "max",    "min",       "ord",   "print",  "range",  "repr",
    "reversed", "round", "sorted", "str",       "sum",   "typeof", "values", "zip"};
constexpr std::array<std::string_view, 10> kResizing = {"append", "push",  "extend", "insert", "unshift",
                                                        "pop",    "shift", "remove", "clear",  "splice"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// Walks what runs in a loop: statements and expressions, not the bodies of functions made there.
class LoopScan {
 public:
  // `distinct`: variables that certainly hold other arrays than the one looked for.
  LoopScan(const Program& p, Inference& types, std::uint32_t item, ContentId array,
           std::function<bool(const Expr*)> distinct = {})
      : p_(p), types_(types), item_(item), array_(array), distinct_(std::move(distinct)) {}

  bool resizes = false;   // the array, in view
  bool calls = false;     // functions of the program, or unknown ones
  bool suspends = false;  // yields

  void block(Block b) {
    for (const Stmt* s : b) statement(s);
  }

  void statement(const Stmt* s) {
    if (!s) return;
    switch (s->kind) {
      case StmtKind::Expr: return expression(as<ExprStmt>(s).value);
      case StmtKind::Assign: {
        const auto& a = as<AssignStmt>(s);
        expression(a.value);
        expression(a.target);
        if (a.target->kind == ExprKind::Slice) touch(as<SliceExpr>(a.target).object);
        return;
      }
      case StmtKind::Declare: return expression(as<DeclareStmt>(s).value);
      case StmtKind::Unpack:
        calls = calls || types_.types(item_, as<UnpackStmt>(s).value) & kOther;  // may run a generator
        return expression(as<UnpackStmt>(s).value);
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches) {
          expression(branch.condition);
          block(branch.body);
        }
        return;
      case StmtKind::While: expression(as<WhileStmt>(s).condition); return block(as<WhileStmt>(s).body);
      case StmtKind::ForIn: {
        const auto& f = as<ForInStmt>(s);
        if (may_be(types_.types(item_, f.iterable), kOther)) calls = true;
        expression(f.iterable);
        return block(f.body);
      }
      case StmtKind::ForC: {
        const auto& f = as<ForCStmt>(s);
        statement(f.init);
        expression(f.condition);
        statement(f.step);
        return block(f.body);
      }
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        block(t.body);
        for (const ExceptClause& clause : t.excepts) block(clause.body);
        return block(t.finally_body);
      }
      case StmtKind::Return: return expression(as<ReturnStmt>(s).value);
      case StmtKind::Throw: return expression(as<ThrowStmt>(s).value);
      case StmtKind::Yield: suspends = true; return expression(as<YieldStmt>(s).value);
      case StmtKind::Import: calls = true; return;
      default: return;
    }
  }

  void expression(const Expr* e) {
    if (!e) return;
    switch (e->kind) {
      case ExprKind::Template:
        for (const TemplatePart& part : as<TemplateExpr>(e).parts) expression(part.expr);
        return;
      case ExprKind::Array:
        for (const Expr* item : as<ArrayExpr>(e).items) expression(item);
        return;
      case ExprKind::Object:
        for (const Property& property : as<ObjectExpr>(e).properties) expression(property.value);
        return;
      case ExprKind::Unary: return expression(as<UnaryExpr>(e).operand);
      case ExprKind::Binary: expression(as<BinaryExpr>(e).left); return expression(as<BinaryExpr>(e).right);
      case ExprKind::Logical:
        expression(as<LogicalExpr>(e).left);
        return expression(as<LogicalExpr>(e).right);
      case ExprKind::Ternary:
        expression(as<TernaryExpr>(e).condition);
        expression(as<TernaryExpr>(e).then_value);
        return expression(as<TernaryExpr>(e).else_value);
      case ExprKind::Index: expression(as<IndexExpr>(e).object); return expression(as<IndexExpr>(e).index);
      case ExprKind::Slice:
        for (const Expr* part :
             {as<SliceExpr>(e).object, as<SliceExpr>(e).begin, as<SliceExpr>(e).end, as<SliceExpr>(e).step}) {
          expression(part);
        }
        return;
      case ExprKind::Member: return expression(as<MemberExpr>(e).object);
      case ExprKind::Call: return call(as<CallExpr>(e));
      default: return;
    }
  }

 private:
  void touch(const Expr* array) {
    if (!may_be(types_.types(item_, array), kArray)) return;
    const ContentId c = types_.content(item_, array);
    if ((c == array_ || c == kUnknownContent) && !(distinct_ && distinct_(array))) resizes = true;
  }

  void call(const CallExpr& c) {
    for (const Expr* argument : c.arguments) expression(argument);
    if (c.callee->kind == ExprKind::Name) {
      if (p_.ref(item_, c.callee->id).use != sema::NameUse::Builtin ||
          !has(kQuiet, p_.names.text(as<NameExpr>(c.callee).name))) {
        calls = true;
      }
      return;
    }
    expression(c.callee);
    if (c.callee->kind != ExprKind::Member) {
      calls = true;
      return;
    }
    const auto& m = as<MemberExpr>(c.callee);
    const std::string_view module = p_.module_named(item_, m.object);
    if (module == "math" || module == "console") return;
    const std::string_view word = p_.names.text(m.name);
    if (!module.empty() || !p_.is_member_name(m.name)) {
      calls = true;
      return;
    }
    const Types receiver = types_.types(item_, m.object);
    if (has(kResizing, word)) touch(m.object);
    if (may_be(receiver, kObject | kOther | kFunction) || is_callback_method(word)) calls = true;
  }

  const Program& p_;
  Inference& types_;
  std::uint32_t item_;
  ContentId array_;
  std::function<bool(const Expr*)> distinct_;
};

}  // namespace

bool Emitter::assigns(Block b, CellId cell) const {
  return std::ranges::any_of(b, [&](const Stmt* s) { return assigns(*s, cell); });
}

bool Emitter::assigns(const Stmt& s, CellId cell) const {
  const auto binds = [&](NodeId id) { return p_.cell(item_, id) == cell; };
  switch (s.kind) {
    case StmtKind::Assign:
      return as<AssignStmt>(&s).target->kind == ExprKind::Name && binds(as<AssignStmt>(&s).target->id);
    case StmtKind::Declare: return binds(as<DeclareStmt>(&s).binding.id);
    case StmtKind::Unpack:
      return std::ranges::any_of(as<UnpackStmt>(&s).names, [&](const Binding& b) { return binds(b.id); });
    case StmtKind::Function: return binds(as<FunctionStmt>(&s).function->name.id);
    case StmtKind::If:
      return std::ranges::any_of(as<IfStmt>(&s).branches,
                                 [&](const IfBranch& branch) { return assigns(branch.body, cell); });
    case StmtKind::While: return assigns(as<WhileStmt>(&s).body, cell);
    case StmtKind::ForIn:
      return binds(as<ForInStmt>(&s).variable.id) || assigns(as<ForInStmt>(&s).body, cell);
    case StmtKind::ForC: {
      const auto& f = as<ForCStmt>(&s);
      return (f.init && assigns(*f.init, cell)) || (f.step && assigns(*f.step, cell)) ||
             assigns(f.body, cell);
    }
    case StmtKind::Try: {
      const auto& t = as<TryStmt>(&s);
      return assigns(t.body, cell) || assigns(t.finally_body, cell) ||
             std::ranges::any_of(t.excepts, [&](const ExceptClause& clause) {
               return (clause.variable.name && binds(clause.variable.id)) || assigns(clause.body, cell);
             });
    }
    case StmtKind::Import: return true;
    default: return false;
  }
}

// A variable nobody can bind again while the loop runs.
bool Emitter::variable_stays(E e, const ForCStmt& loop) {
  if (e->kind != ExprKind::Name) return false;
  const Ref& ref = p_.ref(item_, e->id);
  const CellId cell = ref.cell;
  if (cell == kNone || survey_.variables[cell] & kAssignedElsewhere || assigns(loop.body, cell)) return false;
  if (ref.use == sema::NameUse::Local || (ref.use == sema::NameUse::Module && function_ == kNone))
    return true;
  // Of another scope, which runs on while a generator waits.
  LoopScan scan(p_, types_, item_, kUnknownContent);
  scan.block(loop.body);
  return !scan.suspends;
}

bool Emitter::length_stays(E array, const ForCStmt& loop) {
  if (!variable_stays(array, loop)) return false;
  const Types t = types(array);
  if (t == kString) return true;
  const ContentId content = types_.content(item_, array);
  if (!only(t, kArray | kString) || content == kUnknownContent) return false;
  // A local that only ever holds new literals is not what a parameter came with, and not another such local's
  // array.
  const CellId cell = p_.cell(item_, array->id);
  const sema::Variable& v = p_.variable(cell);
  const auto fresh = [this](CellId c) { return c != kNone && !(survey_.variables[c] & kMaybeShared); };
  const bool apart = fresh(cell) || (v.kind == sema::VariableKind::Parameter && v.bindings <= 1);
  LoopScan scan(p_, types_, item_, content, [&](E e) {
    if (!apart || e->kind != ExprKind::Name) return false;
    const Ref& ref = p_.ref(item_, e->id);
    const CellId other = ref.cell;
    return ref.use == sema::NameUse::Local && other != cell && fresh(other);
  });
  scan.block(loop.body);
  return !scan.resizes && !scan.suspends && !(scan.calls && types_.resized_in_functions(content));
}

bool Emitter::bound_stays(E e, const ForCStmt& loop, bool& whole) {
  switch (e->kind) {
    case ExprKind::Number:
      if (as<NumberExpr>(e).is_float) whole = false;
      return true;
    case ExprKind::Name:
      if (types(e) != kInt) whole = false;
      return may_be(types(e), kNumber) && variable_stays(e, loop);
    case ExprKind::Unary: {
      const auto& u = as<UnaryExpr>(e);
      return u.op == UnaryOp::Minus && types(e) == kInt && bound_stays(u.operand, loop, whole);
    }
    case ExprKind::Binary: {
      const auto& b = as<BinaryExpr>(e);
      return b.op <= BinaryOp::Mod && types(e) == kInt && types(b.left) == kInt && types(b.right) == kInt &&
             bound_stays(b.left, loop, whole) && bound_stays(b.right, loop, whole);
    }
    case ExprKind::Member: {
      const auto& m = as<MemberExpr>(e);
      return p_.names.text(m.name) == "length" && p_.module_named(item_, m.object).empty() &&
             length_stays(m.object, loop);
    }
    case ExprKind::Call: {
      const auto& c = as<CallExpr>(e);
      if (c.callee->kind == ExprKind::Member) {
        const auto& m = as<MemberExpr>(c.callee);
        return c.arguments.empty() && p_.names.text(m.name) == "length" && length_stays(m.object, loop);
      }
      return is_builtin(c.callee, "len") && c.arguments.size() == 1 && length_stays(c.arguments[0], loop);
    }
    default: return false;
  }
}

}  // namespace ml::emit
