#pragma once

// Visiting everything in an item, functions included, in source order of statements.

#include "core/ast/module.h"
#include "core/sema/children.h"

namespace ml::lsp {

enum class Role : std::uint8_t { Assign, Declare, Parameter, Loop, Except, Function, Import, Nonlocal };

// Override what is of interest. Spans are relative to the item.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void on_statement(const ast::Stmt&) {}
  virtual void on_expression(const ast::Expr&) {}
  // Also the name of an assignment target, for which on_expression is not called.
  virtual void on_binding(const ast::Binding&, Role) {}
  virtual void enter_function(const ast::Function&) {}
  virtual void leave_function(const ast::Function&) {}
};
void walk(const ast::Item& item, Visitor& visitor);

}  // namespace ml::lsp
