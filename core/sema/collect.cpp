#include "core/sema/collect.h"

#include <utility>

#include "core/sema/children.h"

namespace ml::sema {

using namespace ast;

void Collected::clear() {
  functions.clear();
  bindings.clear();
  next_binding.clear();
  refs.clear();
  next_ref.clear();
  sites.clear();
  stack.clear();
}

namespace {

bool is_literal_or_name(const Expr* e) {
  return e->kind == ExprKind::Name || literal_type(e) != ValueType::Unknown;
}

class Collector {
 public:
  Collector(const Words& words, Collected& out) : words_(words), out_(out) {}

  void run(const Stmt* stmt) {
    out_.functions.emplace_back();
    statement(stmt, true);
  }

 private:
  void link(Chain& chain, std::vector<std::uint32_t>& next, std::uint32_t index) {
    next.push_back(kNone);
    (chain.first == kNone ? chain.first : next[chain.last]) = index;
    chain.last = index;
  }

  BindingSite& bind(const Binding& place, BindKind kind, const Expr* value = nullptr) {
    if (!place.name) {  // a name that did not parse
      out_.functions[function_].broken = true;
      return dropped_;
    }
    BindingSite& site = out_.bindings.emplace_back();
    site.name = place.name;
    site.node = place.id;
    site.span = place.span;
    site.kind = kind;
    site.straight = conditional_ == 0;
    site.loop_head = loop_head_;
    site.sequence = sequence_++;
    if (value != nullptr) {
      site.type = literal_type(value);
      if (value->kind == ExprKind::Function) site.function = as<FunctionExpr>(value).function;
      if (site.type == ValueType::Unknown && words_.is_builtin(place.name))
        site.type = type_of_builtin_call(value);
    }
    link(out_.functions[function_].bindings, out_.next_binding,
         static_cast<std::uint32_t>(out_.bindings.size() - 1));
    return site;
  }

  // `len = len(xs)`: what the variable holds is never callable, so calls of `len` keep reaching the built-in.
  ValueType type_of_builtin_call(const Expr* value) const {
    if (value->kind != ExprKind::Call) return ValueType::Unknown;
    const Expr* callee = as<CallExpr>(value).callee;
    if (callee->kind != ExprKind::Name) return ValueType::Unknown;
    const stdlib::Entry* entry = words_.entry(as<NameExpr>(callee).name);
    return entry == nullptr ? ValueType::Unknown : returned_type(entry->returns);
  }

  void read(const Expr* e, bool call = false, bool divisor = false) {
    const auto& name = as<NameExpr>(e);
    if (!name.name) {
      out_.functions[function_].broken = true;
      return;
    }
    Reference& ref = out_.refs.emplace_back();
    ref.name = name.name;
    ref.node = name.id;
    ref.span = name.span;
    ref.function = function_;
    ref.sequence = sequence_++;
    ref.call = call;
    ref.divisor = divisor;
    ref.in_try = tries_ > 0;
    link(out_.functions[function_].refs, out_.next_ref, static_cast<std::uint32_t>(out_.refs.size() - 1));
  }

  void site(SiteKind kind, const void* node, const CallExpr* call = nullptr, bool assigned = false) {
    out_.sites.push_back({kind, tries_ > 0, assigned, node, call});
  }

  // Members of one chain `a.b.c` give one site; the links inside it are not visited again.
  void member_chain(const Expr* end, const CallExpr* call, bool assigned) {
    const Expr* root = as<MemberExpr>(end).object;
    const Expr* inner = end;
    while (root->kind == ExprKind::Member) {
      inner = root;
      root = as<MemberExpr>(root).object;
    }
    if (is_literal_or_name(root)) {
      // Of a literal only its own member is known, of a module the whole path.
      const bool whole = root->kind == ExprKind::Name || inner == end;
      site(SiteKind::Member, whole ? end : inner, whole ? call : nullptr, whole && assigned);
    }
    out_.stack.push_back(root);
  }

  void expression(const Expr* root) {
    if (root == nullptr) return;
    std::vector<const Expr*>& stack = out_.stack;
    const std::size_t base = stack.size();
    stack.push_back(root);
    while (stack.size() > base) {
      const Expr* e = stack.back();
      stack.pop_back();
      visit(e);
    }
  }

  void visit(const Expr* e) {
    std::vector<const Expr*>& stack = out_.stack;
    switch (e->kind) {
      case ExprKind::Bad: out_.functions[function_].broken = true; break;
      case ExprKind::Name: read(e); break;
      case ExprKind::Function: function(*as<FunctionExpr>(e).function); break;
      case ExprKind::Member: member_chain(e, nullptr, false); break;
      case ExprKind::Call: {
        const auto& call = as<CallExpr>(e);
        for (auto it = call.arguments.rbegin(); it != call.arguments.rend(); ++it) stack.push_back(*it);
        if (is_literal_or_name(call.callee)) site(SiteKind::Call, e);
        if (call.callee->kind == ExprKind::Name) {
          read(call.callee, true);
        } else if (call.callee->kind == ExprKind::Member) {
          member_chain(call.callee, &call, false);
        } else {
          stack.push_back(call.callee);
        }
        break;
      }
      case ExprKind::Binary: {
        const auto& binary = as<BinaryExpr>(e);
        if (is_literal_or_name(binary.left) && is_literal_or_name(binary.right)) site(SiteKind::Binary, e);
        if (binary.op == BinaryOp::FloorDiv && binary.right->kind == ExprKind::Name) {
          read(binary.right, false, true);
          stack.push_back(binary.left);
        } else {
          push_children(e, stack);
        }
        break;
      }
      case ExprKind::Unary:
        if (as<UnaryExpr>(e).op != UnaryOp::Not && is_literal_or_name(as<UnaryExpr>(e).operand)) {
          site(SiteKind::Unary, e);
        }
        push_children(e, stack);
        break;
      case ExprKind::Index: {
        const ValueType index = literal_type(as<IndexExpr>(e).index);
        const bool suspicious =
            index != ValueType::Unknown && index != ValueType::Int && index != ValueType::Boolean;
        if (suspicious && is_literal_or_name(as<IndexExpr>(e).object)) site(SiteKind::Index, e);
        push_children(e, stack);
        break;
      }
      default: push_children(e, stack); break;
    }
  }

  void block(Block statements, bool conditional) {
    conditional_ += conditional ? 1 : 0;
    for (const Stmt* s : statements) statement(s, false);
    conditional_ -= conditional ? 1 : 0;
  }

  void function(const Function& f) {
    const std::uint32_t outer = std::exchange(function_, static_cast<std::uint32_t>(out_.functions.size()));
    CollectedFunction& self = out_.functions.emplace_back();
    self.function = &f;
    self.parent = outer;
    self.in_try = tries_ > 0;
    const std::uint32_t conditional = std::exchange(conditional_, 0u);
    const bool loop_head = std::exchange(loop_head_, false);
    for (const Param& p : f.params) {
      expression(p.default_value);
      bind(p.binding, BindKind::Parameter);
    }
    expression(f.result);
    for (const Stmt* s : f.body) statement(s, true);
    if (out_.functions[function_].broken) out_.functions[outer].broken = true;
    function_ = outer;
    conditional_ = conditional;
    loop_head_ = loop_head;
  }

  void assignment(const AssignStmt& s) {
    expression(s.value);
    if (s.target->kind == ExprKind::Name) {
      const auto& name = as<NameExpr>(s.target);
      bind({name.name, name.id, name.span}, BindKind::Assign, s.value);
    } else if (s.target->kind == ExprKind::Member) {
      const std::size_t base = out_.stack.size();
      member_chain(s.target, nullptr, true);
      while (out_.stack.size() > base) {
        const Expr* e = out_.stack.back();
        out_.stack.pop_back();
        visit(e);
      }
    } else {
      expression(s.target);
    }
  }

  void try_statement(const TryStmt& s) {
    tries_ += s.excepts.empty() ? 0 : 1;
    block(s.body, true);
    tries_ -= s.excepts.empty() ? 0 : 1;
    for (const ExceptClause& clause : s.excepts) {
      ++conditional_;
      if (clause.variable.name) bind(clause.variable, BindKind::Except);
      --conditional_;
      block(clause.body, true);
    }
    block(s.finally_body, true);
  }

  void statement(const Stmt* s, bool direct) {
    switch (s->kind) {
      case StmtKind::Bad: out_.functions[function_].broken = true; break;
      case StmtKind::Empty:
      case StmtKind::Break:
      case StmtKind::Continue:
      case StmtKind::Capability: break;
      case StmtKind::Expr: expression(as<ExprStmt>(s).value); break;
      case StmtKind::Assign: assignment(as<AssignStmt>(s)); break;
      case StmtKind::Declare: {
        const auto& declare = as<DeclareStmt>(s);
        expression(declare.value);
        BindingSite& place =
            bind(declare.binding, declare.word == DeclareWord::Const ? BindKind::Const : BindKind::Assign,
                 declare.value);
        if (declare.value == nullptr) place.type = ValueType::Null;
        break;
      }
      case StmtKind::Unpack: {
        const auto& unpack = as<UnpackStmt>(s);
        if (is_literal_or_name(unpack.value)) site(SiteKind::Unpack, s);
        expression(unpack.value);
        for (const Binding& name : unpack.names) {
          bind(name, unpack.word == DeclareWord::Const ? BindKind::Const : BindKind::Pattern);
        }
        break;
      }
      case StmtKind::Function: {
        const Function* f = as<FunctionStmt>(s).function;
        if (f->name.name) {
          BindingSite& place = bind(f->name, BindKind::Function);
          place.type = ValueType::Function;
          place.function = f;
          place.direct = direct;
        }
        function(*f);
        break;
      }
      case StmtKind::If: {
        bool first = true;
        for (const IfBranch& branch : as<IfStmt>(s).branches) {
          conditional_ += first ? 0 : 1;
          expression(branch.condition);
          conditional_ -= first ? 0 : 1;
          first = false;
          block(branch.body, true);
        }
        break;
      }
      case StmtKind::While:
        expression(as<WhileStmt>(s).condition);
        block(as<WhileStmt>(s).body, true);
        break;
      case StmtKind::ForIn: {
        const auto& loop = as<ForInStmt>(s);
        if (is_literal_or_name(loop.iterable)) site(SiteKind::ForIn, s);
        expression(loop.iterable);
        ++conditional_;
        if (loop.variable.name) bind(loop.variable, BindKind::Loop);
        --conditional_;
        block(loop.body, true);
        break;
      }
      case StmtKind::ForC: {
        const auto& loop = as<ForCStmt>(s);
        loop_head_ = true;
        if (loop.init != nullptr) statement(loop.init, false);
        loop_head_ = false;
        expression(loop.condition);
        block(loop.body, true);
        ++conditional_;
        if (loop.step != nullptr) statement(loop.step, false);
        --conditional_;
        break;
      }
      case StmtKind::Try: try_statement(as<TryStmt>(s)); break;
      case StmtKind::Return: expression(as<ReturnStmt>(s).value); break;
      case StmtKind::Throw: expression(as<ThrowStmt>(s).value); break;
      case StmtKind::Yield: expression(as<YieldStmt>(s).value); break;
      case StmtKind::Nonlocal: {
        auto& names = out_.functions[function_].nonlocals;
        for (const Binding& name : as<NonlocalStmt>(s).names) {
          if (name.name) names.push_back(name);
        }
        break;
      }
      case StmtKind::Import: {
        const auto& import = as<ImportStmt>(s);
        const Binding* bound = import.alias.name     ? &import.alias
                               : import.path.empty() ? nullptr
                                                     : &import.path[0];
        if (bound != nullptr && bound->name) {
          BindingSite& place = bind(*bound, BindKind::Import);
          place.import = &import;
          place.direct = direct;
        }
        break;
      }
    }
  }

  const Words& words_;
  Collected& out_;
  std::uint32_t function_ = 0, sequence_ = 0;
  std::uint32_t conditional_ = 0;  // nesting in code that may be skipped
  std::uint32_t tries_ = 0;
  bool loop_head_ = false;
  BindingSite dropped_;
};

}  // namespace

void collect(const Item& item, const Words& words, Collected& out) {
  out.clear();
  if (item.stmt != nullptr)
    Collector(words, out).run(item.stmt);
  else
    out.functions.emplace_back();
}

}  // namespace ml::sema
