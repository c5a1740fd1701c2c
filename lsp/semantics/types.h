#pragma once

// Inferred types (core/emit/infer.h) for features: hover, completion, hints.
//
//   TypeFacts& facts = revision.types();
//   facts.of(item_index, expression)           // emit::Types, 0 = nothing known
//   facts.of_variable(item_index, binding_id)
//   describe_types(types)                      // "number | null"
//
// The first question solves the module once; the others are look-ups. Thread-safe.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/emit/types.h"
#include "core/sema/analysis.h"

namespace ml::lsp {

class TypeFacts {
 public:
  // All must outlive this.
  TypeFacts(const ast::Module& module, const sema::Analysis& analysis, const Interner& names);
  ~TypeFacts();

  emit::Types of(std::uint32_t item, const ast::Expr* e);
  // Of the variable that a NameExpr or Binding with this id leads to; over its whole life.
  emit::Types of_variable(std::uint32_t item, NodeId id);
  // Elements of an array, values of an object.
  emit::Types elements(std::uint32_t item, const ast::Expr* e);
  // What calls of the function give, over all its returns; 0: not known.
  emit::Types result(std::uint32_t item, const ast::Function& f);
  struct Field {
    std::string name;
    emit::Types types = 0;
  };
  // Known properties of an object, by name; empty when it can be any object.
  std::vector<Field> fields(std::uint32_t item, const ast::Expr* e);
  // The dotted name of the module that an expression certainly stands for, or empty.
  std::string_view module_named(std::uint32_t item, const ast::Expr* e);

 private:
  struct Solved;
  Solved& solved();
  const ast::Module& module_;
  const sema::Analysis& analysis_;
  const Interner& names_;
  std::mutex mutex_;
  std::unique_ptr<Solved> solved_;
};

// "number", "array | null", "any" (also for nothing known).
std::string describe_types(emit::Types types);

}  // namespace ml::lsp
