#include "core/emit/survey.h"

#include <algorithm>
#include <array>

#include "core/emit/types.h"

namespace ml::emit {
namespace {

using namespace ast;

constexpr unsigned kMaxDepth = 1000;     // of nested expressions, as written
constexpr std::size_t kMaxChain = 5000;  // operands of one left-associative chain

}  // namespace

class Surveyor::Walker {
 public:
  explicit Walker(const Program& program) : p_(program) {
    out_.nodes.resize(p_.node_count());
    out_.variables.resize(p_.variable_count());
    if (!p_.options.closed_world) {
      for (std::size_t v = 0; v < p_.module_variable_count(); ++v) out_.variables[v] |= kReadAfterLoop;
    }
  }

  void item(std::uint32_t index, std::vector<Constraint>& constraints) {
    constraints_ = &constraints;
    item_ = index;
    function_ = kNone;
    counters_.clear();
    statement(*p_.items()[index].stmt);
  }

  const Survey& found() const { return out_; }

 private:
  using Kind = Constraint::Kind;

  void add(Kind kind, std::uint32_t target, const void* node) {
    constraints_->push_back({kind, item_, target, node});
  }

  // --- variables
  // --------------------------------------------------------------------------------------------------

  CellId bind(const Binding& b) {
    const Ref& ref = p_.ref(item_, b.id);
    const CellId cell = ref.cell;
    if (cell == kNone) return cell;
    mark_bound(cell, ref, nullptr);
    return cell;
  }

  // `value` is null where it is no expression of its own.
  void mark_bound(CellId cell, const Ref& ref, const Expr* value) {
    std::uint8_t& flags = out_.variables[cell];
    if (!value || !stays_positive(cell, value)) flags |= kMaybeNotPositive;
    if (!value || value->kind != ExprKind::Array) flags |= kMaybeShared;
    if (ref.use == sema::NameUse::Enclosing || (ref.use == sema::NameUse::Module && function_ != kNone)) {
      flags |= kAssignedElsewhere;
    }
  }

  // `cell = value` keeps the variable a positive integer.
  bool stays_positive(CellId cell, const Expr* value) const {
    if (value->kind == ExprKind::Number) {
      const auto& n = as<NumberExpr>(value);
      return !n.is_float && n.text.find_first_not_of('0') != std::string_view::npos && n.text != "0x0";
    }
    if (value->kind != ExprKind::Binary) return false;
    const auto& b = as<BinaryExpr>(value);
    if (b.op != BinaryOp::Add && b.op != BinaryOp::Mul) return false;
    if (b.left->kind != ExprKind::Name || b.right->kind != ExprKind::Number) return false;
    return p_.cell(item_, b.left->id) == cell && stays_positive(cell, b.right);
  }

  void bind_value(CellId cell, const Expr* value) {
    if (cell != kNone) add(Kind::Bind, cell, value);
  }

  void bind_type(CellId cell, Types types) {
    if (cell != kNone)
      add(Kind::BindType, cell, reinterpret_cast<const void*>(static_cast<std::uintptr_t>(types)));
  }

  // --- functions
  // --------------------------------------------------------------------------------------------------

  void function(const Function& f) {
    const FunctionNo outer = function_;
    std::vector<CellId> outer_counters;
    outer_counters.swap(counters_);
    function_ = p_.function_no(item_, f);
    if (f.form == FunctionForm::FunctionExpr && f.name.name) {
      const CellId self = p_.cell(item_, f.name.id);
      if (self != kNone) add(Kind::Function, self, &f);
    }
    for (std::size_t i = 0; i < f.params.size(); ++i) {
      const Param& param = f.params[i];
      out_.variables[p_.parameter(function_, i)] |= kMaybeNotPositive | kMaybeShared;
      if (param.default_value) {
        expression(param.default_value);
        add(Kind::Bind, p_.parameter(function_, i), param.default_value);
      }
    }
    if (f.result) {
      expression(f.result);
      add(Kind::Return, function_, f.result);
    }
    block(f.body);
    function_ = outer;
    counters_.swap(outer_counters);
  }

  // What `f` needs to be written: a lambda where possible.
  bool needs_def(const Function& f) const {
    if (!f.result || f.is_generator || f.name.name) return true;
    if (std::ranges::any_of(f.params, [](const Param& q) { return q.default_value != nullptr; })) return true;
    return out_.nodes[p_.node(item_, f.result->id)] & kNeedsDef;
  }

  // --- expressions
  // ------------------------------------------------------------------------------------------------

  std::uint8_t expression(const Expr* e) {
    if (!e) return 0;
    if (++depth_ > kMaxDepth) {
      --depth_;
      too_deep(e->span);
      return 0;
    }
    const std::uint8_t flags = e->kind == ExprKind::Binary ? chain(as<BinaryExpr>(e)) : children(e);
    out_.nodes[p_.node(item_, e->id)] = flags;
    --depth_;
    return flags;
  }

  void too_deep(Span span) { out_.too_deep.push_back(span.moved(p_.items()[item_].start)); }

  // Long `a + b + c ...` without recursion on the left.
  std::uint8_t chain(const BinaryExpr& top) {
    const std::size_t base = spine_.size();
    const Expr* left = &top;
    while (left->kind == ExprKind::Binary) {
      spine_.push_back(&as<BinaryExpr>(left));
      left = spine_.back()->left;
    }
    if (spine_.size() - base > kMaxChain) {
      spine_.resize(base);
      too_deep(top.span);
      return 0;
    }
    std::uint8_t flags = expression(left);
    while (spine_.size() > base) {
      const BinaryExpr* b = spine_.back();
      spine_.pop_back();
      flags |= expression(b->right);
      out_.nodes[p_.node(item_, b->id)] = flags;
    }
    return flags;
  }

  std::uint8_t all(std::span<const Expr* const> list) {
    std::uint8_t flags = 0;
    for (const Expr* e : list) flags |= expression(e);
    return flags;
  }

  std::uint8_t children(const Expr* e) {
    switch (e->kind) {
      case ExprKind::Template: {
        std::uint8_t flags = 0;
        for (const TemplatePart& part : as<TemplateExpr>(e).parts) flags |= expression(part.expr);
        return flags;
      }
      case ExprKind::Name: read(e); return 0;
      case ExprKind::Array: add(Kind::Items, 0, e); return all(as<ArrayExpr>(e).items);
      case ExprKind::Object: {
        add(Kind::Fields, 0, e);
        std::uint8_t flags = 0;
        for (const Property& property : as<ObjectExpr>(e).properties) flags |= expression(property.value);
        return flags;
      }
      case ExprKind::Unary: return expression(as<UnaryExpr>(e).operand);
      case ExprKind::Logical: {
        const std::uint8_t left = expression(as<LogicalExpr>(e).left);
        return left | expression(as<LogicalExpr>(e).right);
      }
      case ExprKind::Ternary: {
        const auto& t = as<TernaryExpr>(e);
        const std::uint8_t a = expression(t.condition), b = expression(t.then_value);
        return a | b | expression(t.else_value);
      }
      case ExprKind::Call: return call(as<CallExpr>(e)) | kHasEffects;
      case ExprKind::Index: {
        const std::uint8_t object = expression(as<IndexExpr>(e).object);
        return object | expression(as<IndexExpr>(e).index);
      }
      case ExprKind::Slice: {
        const auto& s = as<SliceExpr>(e);
        const std::uint8_t a = expression(s.object), b = expression(s.begin), c = expression(s.end);
        return a | b | c | expression(s.step);
      }
      case ExprKind::Member: return expression(as<MemberExpr>(e).object);
      case ExprKind::Function: {
        const Function& f = *as<FunctionExpr>(e).function;
        function(f);
        return needs_def(f) ? kNeedsDef : 0;
      }
      default: return 0;
    }
  }

  std::uint8_t call(const CallExpr& c) {
    add(Kind::Call, function_, &c);
    std::uint8_t flags = 0;
    if (c.callee->kind == ExprKind::Name) {
      read(c.callee);
    } else {
      flags = expression(c.callee);
    }
    for (const Expr* argument : c.arguments) flags |= expression(argument);
    return flags;
  }

  void read(const Expr* e) {
    const CellId cell = p_.cell(item_, e->id);
    if (cell == kNone) return;
    if (std::ranges::find(counters_, cell) == counters_.end()) out_.variables[cell] |= kReadAfterLoop;
  }

  // --- statements
  // -------------------------------------------------------------------------------------------------

  void block(Block b) {
    for (const Stmt* s : b) statement(*s);
  }

  void statement(const Stmt& s) {
    switch (s.kind) {
      case StmtKind::Expr: expression(as<ExprStmt>(&s).value); break;
      case StmtKind::Assign: assign(as<AssignStmt>(&s)); break;
      case StmtKind::Declare: {
        const auto& d = as<DeclareStmt>(&s);
        const Ref& ref = p_.ref(item_, d.binding.id);
        const CellId cell = ref.cell;
        if (cell != kNone) mark_bound(cell, ref, d.value);
        if (d.value) {
          expression(d.value);
          bind_value(cell, d.value);
        } else {
          bind_type(cell, kNull);
        }
        break;
      }
      case StmtKind::Unpack:
        expression(as<UnpackStmt>(&s).value);
        for (const Binding& b : as<UnpackStmt>(&s).names) bind(b);
        add(Kind::Unpack, 0, &s);
        break;
      case StmtKind::Function: {
        const Function& f = *as<FunctionStmt>(&s).function;
        const CellId cell = bind(f.name);
        if (cell != kNone) add(Kind::Function, cell, &f);
        function(f);
        break;
      }
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(&s).branches) {
          expression(branch.condition);
          block(branch.body);
        }
        break;
      case StmtKind::While:
        expression(as<WhileStmt>(&s).condition);
        block(as<WhileStmt>(&s).body);
        break;
      case StmtKind::ForIn: {
        const auto& f = as<ForInStmt>(&s);
        expression(f.iterable);
        const CellId cell = bind(f.variable);
        if (cell != kNone) add(Kind::Each, cell, f.iterable);
        block(f.body);
        break;
      }
      case StmtKind::ForC: for_c(as<ForCStmt>(&s)); break;
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(&s);
        block(t.body);
        for (const ExceptClause& clause : t.excepts) {
          if (clause.variable.name) bind_type(bind(clause.variable), kAnyType);
          block(clause.body);
        }
        block(t.finally_body);
        break;
      }
      case StmtKind::Return:
        if (const Expr* value = as<ReturnStmt>(&s).value) {
          expression(value);
          if (function_ != kNone) add(Kind::Return, function_, value);
        }
        break;
      case StmtKind::Throw:
        expression(as<ThrowStmt>(&s).value);
        add(Kind::Escape, 0, as<ThrowStmt>(&s).value);
        break;
      case StmtKind::Yield:
        if (const Expr* value = as<YieldStmt>(&s).value) {
          expression(value);
          if (function_ != kNone) add(Kind::Yield, function_, value);
        }
        break;
      case StmtKind::Import: {
        const auto& i = as<ImportStmt>(&s);
        bind_type(bind(i.alias.name ? i.alias : i.path.front()), kOther);
        break;
      }
      default: break;
    }
  }

  void assign(const AssignStmt& a) {
    if (a.target->kind == ExprKind::Name) {
      const Ref& ref = p_.ref(item_, a.target->id);
      const CellId cell = ref.cell;
      if (cell != kNone) mark_bound(cell, ref, a.value);
      expression(a.value);
      bind_value(cell, a.value);
      return;
    }
    expression(a.value);
    expression(a.target);
    add(Kind::Store, function_, &a);
  }

  void for_c(const ForCStmt& f) {
    CellId counter = kNone;
    if (f.init) {
      statement(*f.init);
      if (f.init->kind == StmtKind::Assign && as<AssignStmt>(f.init).target->kind == ExprKind::Name) {
        counter = p_.cell(item_, as<AssignStmt>(f.init).target->id);
      } else if (f.init->kind == StmtKind::Declare) {
        counter = p_.cell(item_, as<DeclareStmt>(f.init).binding.id);
      }
    }
    counters_.push_back(counter);
    expression(f.condition);
    if (f.step) statement(*f.step);
    block(f.body);
    counters_.pop_back();
  }

  const Program& p_;
  Survey out_;
  std::vector<Constraint>* constraints_ = nullptr;
  std::uint32_t item_ = 0;
  FunctionNo function_ = kNone;
  unsigned depth_ = 0;
  std::vector<const BinaryExpr*> spine_;
  std::vector<CellId> counters_;
};

bool is_callback_method(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "map",      "filter",    "forEach", "reduce", "reduceRight", "find",
      "findLast", "findIndex", "some",    "every",  "flatMap",     "sort"};
  return std::ranges::find(kNames, name) != kNames.end();
}

Surveyor::Surveyor(const Program& program) : walker_(std::make_unique<Walker>(program)) {}
Surveyor::~Surveyor() = default;
void Surveyor::item(std::uint32_t index, std::vector<Constraint>& constraints) {
  walker_->item(index, constraints);
}
const Survey& Surveyor::found() const { return walker_->found(); }

}  // namespace ml::emit
