#include <algorithm>

#include "core/ast/item_builder.h"

namespace ml::ast {
namespace {

using K = NodeKind;

constexpr int kDeepestNesting = 200;  // statements within statements

bool is_declaration(NodeKind kind) {
  return kind == K::k_function_statement || kind == K::k_import_statement ||
         kind == K::k_capability_statement;
}

}  // namespace

const Stmt* ItemBuilder::statement(Child child) {
  if (nesting_ >= kDeepestNesting) {
    too_deep_ = true;
    return bad_statement(child);
  }
  ++nesting_;
  const Stmt* made = statement_of(child);
  --nesting_;
  return made;
}

const Stmt* ItemBuilder::statement_of(Child child) {
  switch (child.kind) {
    case K::k_empty_statement: return stmt<EmptyStmt>(StmtKind::Empty, child);
    case K::k_expression_statement: {
      const Children inner(*this, child);
      const Expr* value = expression(inner.named(0));
      return stmt<ExprStmt>(StmtKind::Expr, child, value);
    }
    case K::k_assign_statement: return assign(child);
    case K::k_declare_statement: return declare(child);
    case K::k_function_statement: {
      const Function* made = function(child, FunctionForm::Declaration);
      return stmt<FunctionStmt>(StmtKind::Function, child, made);
    }
    case K::k_if_statement: return if_statement(child);
    case K::k_while_statement: {
      const Children inner(*this, child);
      const Expr* condition = expression(inner.named(0));
      const Block inside = body(inner.named(1));
      return stmt<WhileStmt>(StmtKind::While, child, condition, inside);
    }
    case K::k_for_in_statement: return for_in(child);
    case K::k_for_c_statement: return for_c(child);
    case K::k_try_statement: return try_statement(child);
    case K::k_return_statement: {
      const Children inner(*this, child);
      const Expr* value = inner.named_count() > 0 ? expression(inner.named(0)) : nullptr;
      return stmt<ReturnStmt>(StmtKind::Return, child, value);
    }
    case K::k_throw_statement: {
      const Children inner(*this, child);
      const Expr* value = expression(inner.named(0));
      return stmt<ThrowStmt>(StmtKind::Throw, child, value);
    }
    case K::k_break_statement: {
      const Children inner(*this, child);
      return stmt<BreakStmt>(StmtKind::Break, child);
    }
    case K::k_continue_statement: {
      const Children inner(*this, child);
      return stmt<ContinueStmt>(StmtKind::Continue, child);
    }
    case K::k_nonlocal_statement: {
      const Children inner(*this, child);
      std::vector<Binding> names;
      for (std::size_t i = 0; i < inner.named_count(); ++i) names.push_back(binding(inner.named(i)));
      if (!context_.in_function) refuse();
      const auto list = item_->arena.list(names);
      return stmt<NonlocalStmt>(StmtKind::Nonlocal, child, list);
    }
    case K::k_yield_statement: {
      const Children inner(*this, child);
      const Expr* value = inner.named_count() > 0 ? expression(inner.named(0)) : nullptr;
      if (!context_.in_generator && !value) {
        // `yield;` outside generators reads a variable of that name.
        const Span word{child.span.begin, child.span.begin + 5};
        value = item_->arena.make<NameExpr>(Expr{ExprKind::Name, next_id(), word}, yield_);
        return stmt<ExprStmt>(StmtKind::Expr, child, value);
      }
      if (!context_.in_generator) refuse();
      return stmt<YieldStmt>(StmtKind::Yield, child, value);
    }
    case K::k_import_statement: return import(child);
    case K::k_capability_statement: return capability(child);
    default: return bad_statement(child);
  }
}

const Stmt* ItemBuilder::bad_statement(Child child) {
  refuse();
  return item_->arena.make<BadStmt>(Stmt{StmtKind::Bad, child.span});
}

const Stmt* ItemBuilder::assign(Child child) {
  const Children inner(*this, child);
  const Child target = inner.named(0), value = inner.named(1);
  if (target.kind == K::k_array || target.kind == K::k_object)
    return unpack(child, DeclareWord::None, target, value);
  const bool place = target.kind == K::k_identifier || target.kind == K::k_index_expression ||
                     target.kind == K::k_slice_expression || target.kind == K::k_member_expression;
  if (!place) refuse();
  const Expr* to = expression(target);
  const Expr* from = expression(value);
  name_by_place(from);
  return stmt<AssignStmt>(StmtKind::Assign, child, to, from);
}

const Stmt* ItemBuilder::declare(Child child) {
  const Children inner(*this, child);
  const Child word = inner.named(0), target = inner.named(1);
  DeclareWord which = DeclareWord::Let;
  if (word.kind == K::k_declare_word) {
    const char c = first_char(word);
    which = c == 'l' ? DeclareWord::Let : c == 'c' ? DeclareWord::Const : DeclareWord::Var;
  }
  const bool has_value = inner.named_count() > 2;
  if (target.kind == K::k_array || target.kind == K::k_object) {
    if (!has_value) refuse();
    return unpack(child, which, target, inner.named(2));
  }
  const Binding name = binding(target);
  const Expr* value = has_value ? expression(inner.named(2)) : nullptr;
  name_by_place(value);
  return stmt<DeclareStmt>(StmtKind::Declare, child, which, name, value);
}

const Stmt* ItemBuilder::unpack(Child child, DeclareWord word, Child pattern, Child value) {
  std::vector<Binding> names;
  {
    const Children inner(*this, pattern);
    for (std::size_t i = 0; i < inner.size(); ++i) {
      if (inner[i].kind == K::Token) continue;
      if (inner[i].kind == K::k_shorthand_property) {
        const Children property(*this, inner[i]);
        names.push_back(binding(property.named(0)));
      } else if (inner[i].kind == K::k_identifier) {
        names.push_back(binding(inner[i]));
      } else {
        refuse();
      }
    }
  }
  if (names.empty()) refuse();
  const auto list = item_->arena.list(names);
  const Expr* from = expression(value);
  return stmt<UnpackStmt>(StmtKind::Unpack, child, word, pattern.kind == K::k_object, pattern.span, list,
                          from);
}

const Stmt* ItemBuilder::if_statement(Child child) {
  const Children inner(*this, child);
  Gathered<IfBranch> branches(branches_);
  const auto add = [&](Child condition, Child inside, ByteOffset begin) {
    const Expr* test = expression(condition);
    const Block statements = body(inside);
    const ByteOffset end = is_null(inside) ? begin : inside.span.end;
    branches.add({test, statements, {begin, std::max(begin, end)}});
  };
  add(inner.named(0), inner.named(1), child.span.begin);
  for (std::size_t i = 2; i < inner.named_count(); ++i) {
    const Child clause = inner.named(i);
    const Children parts(*this, clause);
    if (clause.kind == K::k_elif_clause) {
      const bool misspelt = parts.named(0).kind == K::k_invalid_operator;
      if (misspelt) refuse();
      add(parts.named(misspelt ? 1 : 0), parts.named(misspelt ? 2 : 1), clause.span.begin);
    } else if (clause.kind == K::k_else_clause) {
      const Block statements = body(parts.named(0));
      branches.add({nullptr, statements, clause.span});
    } else {
      refuse();
    }
  }
  const auto list = branches.kept(item_->arena);
  return stmt<IfStmt>(StmtKind::If, child, list);
}

const Stmt* ItemBuilder::for_in(Child child) {
  const Children inner(*this, child);
  const std::size_t first = inner.named(0).kind == K::k_declare_word ? 1 : 0;
  const Binding variable = binding(inner.named(first));
  const Expr* iterable = expression(inner.named(first + 1));
  const Block inside = body(inner.named(first + 2));
  return stmt<ForInStmt>(StmtKind::ForIn, child, variable, iterable, inside);
}

const Stmt* ItemBuilder::for_c(Child child) {
  const Children inner(*this, child);
  const Stmt *init = nullptr, *step = nullptr;
  const Expr* condition = nullptr;
  Block inside;
  int part = 0;  // after `(`, after `;`, after `;`, after `)`
  bool body_seen = false;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const Child here = inner[i];
    if (here.kind == K::Token) {
      const char c = first_char(here);
      part += c == '(' || c == ';' || c == ')';
    } else if (part == 1) {
      init = statement(here);
    } else if (part == 2) {
      condition = expression(here);
    } else if (part == 3) {
      step = statement(here);
    } else {
      inside = body(here);
      body_seen = true;
    }
  }
  if (!body_seen) refuse();
  return stmt<ForCStmt>(StmtKind::ForC, child, init, condition, step, inside);
}

const Stmt* ItemBuilder::try_statement(Child child) {
  const Children inner(*this, child);
  const Block tried = block(inner.named(0));
  std::vector<ExceptClause> excepts;
  bool has_finally = false;
  Block finally_body;
  Span finally_span;
  for (std::size_t i = 1; i < inner.named_count(); ++i) {
    const Child clause = inner.named(i);
    const Children parts(*this, clause);
    if (clause.kind == K::k_finally_clause) {
      has_finally = true;
      finally_body = block(parts.named(0));
      finally_span = clause.span;
    } else if (clause.kind == K::k_except_clause) {
      ExceptClause made{Binding{NameId::none(), NodeId::none(), {}}, {}, clause.span};
      for (std::size_t j = 0; j < parts.named_count(); ++j) {
        const Child part = parts.named(j);
        if (part.kind == K::k_block) {
          made.body = block(part);
        } else {
          made.variable = binding(part);
        }
      }
      excepts.push_back(made);
    } else {
      refuse();
    }
  }
  const auto list = item_->arena.list(excepts);
  return stmt<TryStmt>(StmtKind::Try, child, tried, list, has_finally, finally_body, finally_span);
}

Block ItemBuilder::block(Child child) {
  if (child.kind != K::k_block) {
    refuse();
    return {};
  }
  const bool top = std::exchange(context_.top_level, false);
  Gathered<const Stmt*> made(stmts_);
  const Children inner(*this, child);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i].kind != K::Token) made.add(statement(inner[i]));
  }
  context_.top_level = top;
  return made.kept(item_->arena);
}

Block ItemBuilder::body(Child child) {
  if (child.kind == K::k_block) return block(child);
  if (is_null(child) || is_declaration(child.kind)) refuse();
  if (is_null(child)) return {};
  const bool top = std::exchange(context_.top_level, false);
  const Stmt* only = statement(child);
  context_.top_level = top;
  return item_->arena.list(std::span<const Stmt* const>(&only, 1));
}

const Stmt* ItemBuilder::import(Child child) {
  if (!context_.top_level) refuse();
  const Children inner(*this, child);
  std::vector<Binding> path;
  std::string dotted;
  Binding alias{NameId::none(), NodeId::none(), {}};
  if (inner.named(0).kind != K::k_dotted_name) return bad_statement(child);
  {
    const Children parts(*this, inner.named(0));
    for (std::size_t i = 0; i < parts.named_count(); ++i) {
      path.push_back(binding(parts.named(i)));
      if (i > 0) dotted += '.';
      dotted += source(parts.named(i));
    }
  }
  for (std::size_t i = 1; i < inner.named_count(); ++i) {
    if (inner.named(i).kind == K::k_identifier) {
      alias = binding(inner.named(i));
    } else {
      refuse();
    }
  }
  const auto list = item_->arena.list(path);
  ++item_->declarations;
  return stmt<ImportStmt>(StmtKind::Import, child, list, item_->arena.text(dotted), alias);
}

const Stmt* ItemBuilder::capability(Child child) {
  if (!context_.top_level) refuse();
  const Children inner(*this, child);
  const Child name = inner.named(0);
  if (name.kind != K::k_dotted_name) return bad_statement(child);
  std::vector<CapabilityItem> items;
  for (std::size_t i = 1; i < inner.named_count(); ++i) {
    if (inner.named(i).kind != K::k_capability_item) {
      refuse();
      continue;
    }
    const Children parts(*this, inner.named(i));
    CapabilityItem made{CapabilityItem::Kind::Resource, {}, {}, false, inner.named(i).span};
    std::string_view kind;
    for (std::size_t j = 0; j < parts.named_count(); ++j) {
      const Child part = parts.named(j);
      if (part.kind == K::k_string) {
        made.target = string_value(part);
        made.has_target = true;
      } else if (part.kind != K::k_identifier) {
        refuse();
      } else if (j == 0) {
        kind = source(part);
      } else {
        made.action = source(part);
      }
    }
    const std::string_view action = made.action;
    const bool resource = kind == "resource" && action.empty() && made.has_target;
    const bool allow = kind == "allow" && (action == "read" || action == "write" || action == "execute" ||
                                           action == "network" || action == "system");
    if (allow) made.kind = CapabilityItem::Kind::Allow;
    if (!resource && !allow) refuse();
    items.push_back(made);
  }
  const auto list = item_->arena.list(items);
  std::string dotted;
  const Children parts(*this, name);
  for (std::size_t i = 0; i < parts.named_count(); ++i) {
    if (i > 0) dotted += '.';
    dotted += source(parts.named(i));
  }
  ++item_->declarations;
  return stmt<CapabilityStmt>(StmtKind::Capability, child, item_->arena.text(dotted), name.span, list);
}

}  // namespace ml::ast
