#pragma once

// First pass over an item: who binds what, who reads what, in which function. Nothing is resolved yet.

#include <vector>

#include "core/sema/summary.h"

namespace ml::sema {

// A list of entries of one function inside a table of all functions; `next` of the entries links it.
struct Chain {
  std::uint32_t first = kNone, last = kNone;
};

struct CollectedFunction {
  const ast::Function* function = nullptr;  // null: top-level code
  std::uint32_t parent = 0;
  bool in_try = false;  // written in the `try` part of a `try` with `except`
  bool broken = false;  // has parts that did not parse, so that reads may be missing
  Chain bindings, refs;
  std::vector<ast::Binding> nonlocals;
};

struct Collected {
  std::vector<CollectedFunction> functions;  // outer before inner; 0 is the top-level code
  std::vector<BindingSite> bindings;
  std::vector<std::uint32_t> next_binding;
  std::vector<Reference> refs;
  std::vector<std::uint32_t> next_ref;
  std::vector<Site> sites;
  std::vector<const ast::Expr*> stack;

  void clear();
};

// Fills `out`. Depends on the item and the built-ins alone.
void collect(const ast::Item& item, const Words& words, Collected& out);

}  // namespace ml::sema
