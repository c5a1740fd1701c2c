#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

class Walk {
 public:
  explicit Walk(Visitor& visitor) : v_(visitor) {}

  void statement(const Stmt* s) {
    if (!s) return;
    v_.on_statement(*s);
    switch (s->kind) {
      case StmtKind::Expr: return expression(as<ExprStmt>(s).value);
      case StmtKind::Assign: {
        const auto& a = as<AssignStmt>(s);
        if (a.target->kind == ExprKind::Name)
          v_.on_binding({as<NameExpr>(a.target).name, a.target->id, a.target->span}, Role::Assign);
        else
          expression(a.target);
        return expression(a.value);
      }
      case StmtKind::Declare:
        v_.on_binding(as<DeclareStmt>(s).binding, Role::Declare);
        return expression(as<DeclareStmt>(s).value);
      case StmtKind::Unpack:
        for (const Binding& b : as<UnpackStmt>(s).names) v_.on_binding(b, Role::Assign);
        return expression(as<UnpackStmt>(s).value);
      case StmtKind::Function: return function(*as<FunctionStmt>(s).function);
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches)
          expression(branch.condition), block(branch.body);
        return;
      case StmtKind::While: return expression(as<WhileStmt>(s).condition), block(as<WhileStmt>(s).body);
      case StmtKind::ForIn: {
        const auto& f = as<ForInStmt>(s);
        v_.on_binding(f.variable, Role::Loop);
        return expression(f.iterable), block(f.body);
      }
      case StmtKind::ForC: {
        const auto& f = as<ForCStmt>(s);
        return statement(f.init), expression(f.condition), statement(f.step), block(f.body);
      }
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        block(t.body);
        for (const ExceptClause& clause : t.excepts) {
          if (clause.variable.name) v_.on_binding(clause.variable, Role::Except);
          block(clause.body);
        }
        return block(t.finally_body);
      }
      case StmtKind::Return: return expression(as<ReturnStmt>(s).value);
      case StmtKind::Throw: return expression(as<ThrowStmt>(s).value);
      case StmtKind::Yield: return expression(as<YieldStmt>(s).value);
      case StmtKind::Nonlocal:
        for (const Binding& b : as<NonlocalStmt>(s).names) v_.on_binding(b, Role::Nonlocal);
        return;
      case StmtKind::Import: {
        const auto& import = as<ImportStmt>(s);
        if (import.alias.name)
          v_.on_binding(import.alias, Role::Import);
        else if (!import.path.empty())
          v_.on_binding(import.path.front(), Role::Import);
        return;
      }
      case StmtKind::Bad:
      case StmtKind::Empty:
      case StmtKind::Break:
      case StmtKind::Continue:
      case StmtKind::Capability: return;
    }
  }

 private:
  void block(Block statements) {
    for (const Stmt* s : statements) statement(s);
  }

  void expression(const Expr* e) {
    sema::visit_expression(e, stack_, [&](const Expr* inner) {
      v_.on_expression(*inner);
      if (inner->kind == ExprKind::Function) function(*as<FunctionExpr>(inner).function);
    });
  }

  void function(const Function& f) {
    if (f.name.name) v_.on_binding(f.name, Role::Function);
    v_.enter_function(f);
    for (const Param& p : f.params) {
      v_.on_binding(p.binding, Role::Parameter);
      expression(p.default_value);
    }
    expression(f.result);
    block(f.body);
    v_.leave_function(f);
  }

  Visitor& v_;
  std::vector<const Expr*> stack_;
};

}  // namespace

void walk(const Item& item, Visitor& visitor) {
  if (item.stmt && !item.too_deep) Walk(visitor).statement(item.stmt);
}

}  // namespace ml::lsp
