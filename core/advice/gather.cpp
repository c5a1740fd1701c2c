#include <algorithm>
#include <utility>

#include "core/advice/gatherer.h"

namespace ml::advice {

using namespace ast;

void Gatherer::item(std::uint32_t index) {
  const auto& placed = p_.module.items[index];
  if (placed.item->refused || placed.item->too_deep) return;
  item_ = index;
  loop_ = kNone;
  begin_body(nullptr);
  statement(*placed.item->stmt);
  f_.bodies[body_].interval.end = now_;
}

void Gatherer::finish() {
  for (Call& call : f_.calls)
    if (const auto it = f_.body_of.find(call.function); it != f_.body_of.end()) call.callee = it->second;
  for (Body& body : f_.bodies) {
    for (const CellId cell : body.changes)
      if (owner_[cell] != body.function || body.function == nullptr || f_.variables[cell].maybe_shared)
        body.effects = true;
    for (const CellId cell : body.outer_reads) {
      const sema::Variable& v = p_.variable(cell);
      if (v.function == nullptr && v.kind != sema::VariableKind::Import &&
          (v.bindings > 1 || f_.variables[cell].bound_in_loop || !f_.variables[cell].changes.empty()))
        body.reads_state = true;
    }
  }
  spread(&Body::effects);
  spread(&Body::reads_state);
}

void Gatherer::spread(bool Body::*property) {
  std::vector<std::vector<BodyNo>> callers(f_.bodies.size());
  std::vector<BodyNo> reached;
  for (BodyNo b = 0; b < f_.bodies.size(); ++b) {
    for (const Function* callee : f_.bodies[b].calls)
      if (const auto it = f_.body_of.find(callee); it != f_.body_of.end()) callers[it->second].push_back(b);
    if (f_.bodies[b].*property) reached.push_back(b);
  }
  while (!reached.empty()) {
    const BodyNo b = reached.back();
    reached.pop_back();
    for (const BodyNo caller : callers[b]) {
      if (f_.bodies[caller].*property) continue;
      f_.bodies[caller].*property = true;
      reached.push_back(caller);
    }
  }
}

CellId Gatherer::root(const Expr* e) const {
  while (true) {
    switch (e->kind) {
      case ExprKind::Index: e = as<IndexExpr>(e).object; break;
      case ExprKind::Slice: e = as<SliceExpr>(e).object; break;
      case ExprKind::Member: e = as<MemberExpr>(e).object; break;
      case ExprKind::Name: return p_.cell(item_, e->id);
      default: return kNone;
    }
  }
}

PathNo Gatherer::path(const Expr* e) {
  std::vector<std::uint32_t> key;
  const Expr* at = e;
  for (; at->kind == ExprKind::Member && key.size() < 4; at = as<MemberExpr>(at).object)
    key.push_back(as<MemberExpr>(at).name.raw);
  if (at->kind != ExprKind::Name) return kNone;
  const CellId cell = p_.cell(item_, at->id);
  if (cell == kNone) return kNone;
  key.push_back(cell);
  const auto [it, fresh] = path_numbers_.try_emplace(std::move(key), static_cast<PathNo>(f_.paths.size()));
  if (fresh) f_.paths.push_back({cell, std::string(w_.source(w_.at(item_, e->span))), {}});
  return it->second;
}

bool Gatherer::may_be_shared(const Expr* value) {
  switch (value->kind) {
    case ExprKind::Name:
    case ExprKind::Index:
    case ExprKind::Member:
    case ExprKind::Call:
    case ExprKind::Logical:
    case ExprKind::Ternary:
    case ExprKind::Function:
    case ExprKind::Bad: return true;
    default: return false;
  }
}

void Gatherer::bind(const Binding& b, const Expr* value) {
  const emit::Ref& ref = p_.ref(item_, b.id);
  bind(ref, value, false);
}

void Gatherer::bind(const emit::Ref& ref, const Expr* value, bool appends) {
  if (ref.cell == kNone) return;
  Variable& v = f_.variables[ref.cell];
  v.binds.push_back(++now_);
  v.bound_in_loop = v.bound_in_loop || loop_ != kNone;
  const bool own = body().function == nullptr || ref.use == sema::NameUse::Local;
  if (!own) body().effects = true;
  if (own) owner_[ref.cell] = body().function;
  if (appends) return;
  v.fresh_starts.push_back(now_);
  v.value = value;
  v.item = item_;
  if (value == nullptr || may_be_shared(value)) v.maybe_shared = true;
  if (value == nullptr || (value->kind != ExprKind::String && value->kind != ExprKind::Template))
    v.only_text = false;
}

bool Gatherer::appends(CellId cell, const Expr* value) const {
  const auto is_it = [&](const Expr* e) {
    return e->kind == ExprKind::Name && p_.cell(item_, e->id) == cell;
  };
  if (value->kind == ExprKind::Template) {
    const auto& parts = as<TemplateExpr>(value).parts;
    return !parts.empty() && parts[0].text.empty() && parts[0].expr != nullptr && is_it(parts[0].expr);
  }
  if (value->kind != ExprKind::Binary || as<BinaryExpr>(value).op != BinaryOp::Add) return false;
  if (is_it(as<BinaryExpr>(value).right)) return true;
  const Expr* left = value;
  while (left->kind == ExprKind::Binary && as<BinaryExpr>(left).op == BinaryOp::Add)
    left = as<BinaryExpr>(left).left;
  return is_it(left);
}

bool Gatherer::appends_path(PathNo target, const Expr* value) {
  if (value->kind != ExprKind::Binary || as<BinaryExpr>(value).op != BinaryOp::Add) return false;
  const Expr* left = value;
  while (left->kind == ExprKind::Binary && as<BinaryExpr>(left).op == BinaryOp::Add)
    left = as<BinaryExpr>(left).left;
  return path(left) == target;
}

void Gatherer::block(Block statements) {
  for (const Stmt* s : statements) statement(*s);
}

void Gatherer::statement(const Stmt& s) {
  switch (s.kind) {
    case StmtKind::Expr: expression(as<ExprStmt>(&s).value); break;
    case StmtKind::Assign: assign(as<AssignStmt>(&s)); break;
    case StmtKind::Declare: {
      const auto& d = as<DeclareStmt>(&s);
      if (d.value != nullptr) expression(d.value);
      bind(d.binding, d.value);
      if (d.value != nullptr) note_value(p_.cell(item_, d.binding.id), d.value);
      break;
    }
    case StmtKind::Unpack:
      expression(as<UnpackStmt>(&s).value);
      for (const Binding& b : as<UnpackStmt>(&s).names) bind(b, nullptr);
      break;
    case StmtKind::Function: {
      const Function& f = *as<FunctionStmt>(&s).function;
      bind(f.name, nullptr);
      function(f, kNone, false);
      break;
    }
    case StmtKind::If:
      for (const IfBranch& branch : as<IfStmt>(&s).branches) {
        if (branch.condition != nullptr) expression(branch.condition);
        block(branch.body);
      }
      break;
    case StmtKind::While: {
      const auto& loop = as<WhileStmt>(&s);
      const CellId counter = counted(loop.condition);
      while_loop(Loop::Kind::While, s, counter, bound_of(loop.condition), loop.condition, nullptr, loop.body);
      break;
    }
    case StmtKind::ForIn: for_in(as<ForInStmt>(&s)); break;
    case StmtKind::ForC: for_c(as<ForCStmt>(&s)); break;
    case StmtKind::Try: {
      const auto& t = as<TryStmt>(&s);
      block(t.body);
      for (const ExceptClause& clause : t.excepts) {
        if (clause.variable.name) bind(clause.variable, nullptr);
        block(clause.body);
      }
      block(t.finally_body);
      break;
    }
    case StmtKind::Return: expression(as<ReturnStmt>(&s).value); break;
    case StmtKind::Throw: expression(as<ThrowStmt>(&s).value); break;
    case StmtKind::Yield:
      body().effects = true;
      expression(as<YieldStmt>(&s).value);
      break;
    default: break;
  }
}

void Gatherer::assign(const AssignStmt& a) {
  expression(a.value);
  if (a.target->kind == ExprKind::Name) {
    const emit::Ref& ref = p_.ref(item_, a.target->id);
    const bool adds = ref.cell != kNone && appends(ref.cell, a.value);
    bind(ref, a.value, adds);
    if (adds) grow(a, path(a.target));
    note_value(ref.cell, a.value);
    return;
  }
  const CellId changed = root(a.target);
  ++now_;
  if (changed != kNone) {
    f_.variables[changed].changes.push_back(now_);
    body().changes.push_back(changed);
  } else {
    body().effects = true;
  }
  if (a.target->kind == ExprKind::Member)
    if (const PathNo target = path(a.target); target != kNone && appends_path(target, a.value))
      grow(a, target);
  visit_parts(a.target);
}

void Gatherer::visit_parts(const Expr* target) {
  std::vector<const Expr*> parts;
  sema::push_children(target, parts);
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) expression(*it);
  if (target->kind == ExprKind::Index) {
    member_read(as<IndexExpr>(target).object);
    indexed(as<IndexExpr>(target));
  } else if (target->kind == ExprKind::Member) {
    member_read(as<MemberExpr>(target).object);
  }
}

void Gatherer::grow(const AssignStmt& a, PathNo target) {
  if (target == kNone) return;
  f_.paths[target].grows.push_back(now_);
  if (loop_ != kNone)
    f_.growths.push_back({a.target, item_, body_, loop_, target, w_.at(item_, a.value->span)});
}

void Gatherer::note_value(CellId cell, const Expr* value) {
  if (cell == kNone) return;
  if (value->kind == ExprKind::Object && loop_ != kNone)
    f_.literals.push_back({value, item_, body_, loop_, cell});
  if (const auto it = chain_at_.find(value); it != chain_at_.end()) f_.chains[it->second].result = cell;
}

void Gatherer::begin_body(const Function* f) {
  Body b;
  b.function = f;
  b.item = item_;
  b.parent = f != nullptr ? body_ : kNone;
  b.interval.begin = ++now_;
  if (f == nullptr) {
    b.place = {"(top level)", 1};
  } else {
    b.place.name = f->name.name ? std::string(word(f->name.name)) : "(anonymous)";
    b.place.line = w_.lines.line_of(w_.at(item_, f->span).begin);
  }
  body_ = static_cast<BodyNo>(f_.bodies.size());
  if (f != nullptr) f_.body_of[f] = body_;
  f_.bodies.push_back(std::move(b));
}

void Gatherer::function(const Function& f, PathNo over, bool callback) {
  const BodyNo outer_body = body_;
  const LoopNo outer_loop = loop_;
  const bool outer_head = std::exchange(in_head_, false);
  const LoopNo outer_condition = std::exchange(condition_of_, kNone);
  if (callback) body().calls.push_back(&f);
  begin_body(&f);
  const BodyNo own = body_;
  if (f.is_generator) body().effects = true;
  LoopNo loop = kNone;
  if (callback) {
    const CellId element = f.params.empty() ? kNone : p_.cell(item_, f.params[0].binding.id);
    loop = begin_loop(Loop::Kind::Callback, element, over, w_.at(item_, f.header));
    f_.loops[loop].sees_elements = over != kNone;
  } else {
    loop_ = kNone;
  }
  for (const Param& param : f.params) {
    if (param.default_value != nullptr) expression(param.default_value);
    bind(param.binding, nullptr);
  }
  if (f.result != nullptr) expression(f.result);
  block(f.body);
  if (loop != kNone) end_loop(loop);
  f_.bodies[own].interval.end = ++now_;
  body_ = outer_body;
  loop_ = outer_loop;
  in_head_ = outer_head;
  condition_of_ = outer_condition;
}

bool happens(const std::vector<Moment>& moments, Interval in) {
  const auto it = std::lower_bound(moments.begin(), moments.end(), in.begin);
  return it != moments.end() && *it <= in.end;
}

void gather(World& world) {
  Gatherer gatherer(world);
  for (std::uint32_t i = 0; i < world.program.module.items.size(); ++i) gatherer.item(i);
  gatherer.finish();
}

}  // namespace ml::advice
