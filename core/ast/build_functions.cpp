#include "core/ast/item_builder.h"
#include "core/ast/tokens.h"

namespace ml::ast {
namespace {
using K = NodeKind;
}  // namespace

// All five spellings: the parts come in one order, the name before the parameters.
const Function* ItemBuilder::function(Child child, FunctionForm form) {
  const NodeId id = next_id();
  const Children inner(*this, child);
  auto* made = item_->arena.make<Function>();
  made->id = id;
  made->form = form;
  made->is_generator = false;
  made->span = child.span;
  made->header = {made->span.begin, made->span.begin};
  made->result = nullptr;
  const Context outer = context_;
  const int nesting = nesting_;
  bool params_seen = false, body_seen = false;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const Child part = inner[i];
    const bool arrow = is_token(part, '=');
    if (!body_seen && !arrow && part.kind != K::k_block) made->header.end = part.span.end;
    if (part.kind == K::Token) {
      if (is_token(part, '*')) made->is_generator = true;
      // What follows the arrow belongs to the new function; defaults before it too, but they cannot hold
      // statements.
      if (arrow) body_seen = true;
      continue;
    }
    if (part.kind == K::k_params) {
      context_ = {true, made->is_generator, false};
      made->params = params(part);
      params_seen = true;
    } else if (part.kind == K::k_block) {
      context_ = {true, made->is_generator, false};
      made->body = block(part);
      made->body_span = part.span;
      body_seen = true;
    } else if (body_seen) {
      context_ = {true, false, false};
      made->result = expression(part);
    } else if (part.kind == K::k_identifier && !params_seen) {
      if (form == FunctionForm::Arrow) {
        const Param only{binding(part), nullptr};
        made->params = item_->arena.list(std::span<const Param>(&only, 1));
        params_seen = true;
      } else {
        made->name = binding(part);
      }
    } else if (part.kind != K::k_identifier || is_reserved(source(part))) {
      refuse();
    }
  }
  if (!made->result && made->body_span == Span{}) refuse();
  context_ = outer;
  nesting_ = nesting;
  if (made->name.name) ++item_->declarations;
  return made;
}

void ItemBuilder::name_by_place(const Expr* value) {
  if (value && value->kind == ExprKind::Function && !as<FunctionExpr>(value).function->name.name)
    ++item_->declarations;
}

std::span<const Param> ItemBuilder::params(Child child) {
  const Children inner(*this, child);
  Gathered<Param> made(params_);
  bool seen_default = false;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i].kind == K::Token) continue;
    if (inner[i].kind != K::k_param) {
      refuse();
      continue;
    }
    const Children parts(*this, inner[i]);
    Param param{};
    for (std::size_t j = 0; j < parts.size(); ++j) {
      if (j == 0) {
        param.binding = binding(parts[j]);
      } else if (is_token(parts[j - 1], '=')) {
        param.default_value = expression(parts[j]);
      } else if (parts[j].kind == K::k_identifier && is_reserved(source(parts[j]))) {
        refuse();
      }
    }
    if (seen_default && !param.default_value) refuse();
    seen_default |= param.default_value != nullptr;
    made.add(param);
  }
  return made.kept(item_->arena);
}

Binding ItemBuilder::binding(Child child) {
  if (child.kind != NodeKind::k_identifier || child.missing) {
    refuse();
    return {NameId::none(), next_id(), child.span};
  }
  const NameId name = intern(source(child));
  if (!can_be_name(name)) refuse();
  return {name, next_id(), child.span};
}

}  // namespace ml::ast
