#pragma once

// Visiting expressions without recursion, so that a chain of ten thousand `+` costs no stack.

#include <vector>

#include "core/ast/nodes.h"

namespace ml::sema {

// Appends the direct operands of `e`, the last one first: popping from the back visits them in order of
// evaluation. A function expression has none; what is inside a function runs later.
inline void push_children(const ast::Expr* e, std::vector<const ast::Expr*>& to) {
  using namespace ast;
  const auto push = [&](const Expr* child) {
    if (child != nullptr) to.push_back(child);
  };
  const auto push_all = [&](std::span<const Expr* const> children) {
    for (auto it = children.rbegin(); it != children.rend(); ++it) push(*it);
  };
  switch (e->kind) {
    case ExprKind::Template: {
      const auto parts = as<TemplateExpr>(e).parts;
      for (auto it = parts.rbegin(); it != parts.rend(); ++it) push(it->expr);
      break;
    }
    case ExprKind::Array: push_all(as<ArrayExpr>(e).items); break;
    case ExprKind::Object: {
      const auto properties = as<ObjectExpr>(e).properties;
      for (auto it = properties.rbegin(); it != properties.rend(); ++it) push(it->value);
      break;
    }
    case ExprKind::Unary: push(as<UnaryExpr>(e).operand); break;
    case ExprKind::Binary: push(as<BinaryExpr>(e).right), push(as<BinaryExpr>(e).left); break;
    case ExprKind::Logical: push(as<LogicalExpr>(e).right), push(as<LogicalExpr>(e).left); break;
    case ExprKind::Ternary: {
      const auto& ternary = as<TernaryExpr>(e);
      push(ternary.else_value), push(ternary.then_value), push(ternary.condition);
      break;
    }
    case ExprKind::Call: push_all(as<CallExpr>(e).arguments), push(as<CallExpr>(e).callee); break;
    case ExprKind::Index: push(as<IndexExpr>(e).index), push(as<IndexExpr>(e).object); break;
    case ExprKind::Slice: {
      const auto& slice = as<SliceExpr>(e);
      push(slice.step), push(slice.end), push(slice.begin), push(slice.object);
      break;
    }
    case ExprKind::Member: push(as<MemberExpr>(e).object); break;
    case ExprKind::Bad:
    case ExprKind::Number:
    case ExprKind::String:
    case ExprKind::Bool:
    case ExprKind::Null:
    case ExprKind::Name:
    case ExprKind::Function: break;
  }
}

// Calls `visit(node)` for `root` and everything in it, in order of evaluation of the leaves, functions not
// entered. `stack` is scratch space; calls may nest.
template <class Visit>
void visit_expression(const ast::Expr* root, std::vector<const ast::Expr*>& stack, Visit&& visit) {
  if (root == nullptr) return;
  const std::size_t base = stack.size();
  stack.push_back(root);
  while (stack.size() > base) {
    const ast::Expr* e = stack.back();
    stack.pop_back();
    visit(e);
    push_children(e, stack);
  }
}

}  // namespace ml::sema
