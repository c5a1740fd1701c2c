#pragma once

// Tainted data (security.md section 4): from input, arguments, environment, files and requests to what
// deletes, opens, connects, prints, matches. A forward flow over variables, with one mark per container; what
// functions return depends on what each call gives them, what they do with it on all calls together.

#include <functional>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/modules.h"
#include "core/sema/taint_graph.h"

namespace ml::sema {

// What the solver asks of the module.
struct TaintWorld {
  struct Item {
    const ItemFacts* facts = nullptr;
    const TaintGraph* graph = nullptr;
    ByteOffset start = 0;
  };
  std::vector<Item> items;  // in source order
  const Words* words = nullptr;
  std::function<const ModuleTree*(NameId)> module;       // bound by imports only, else null
  std::function<const ast::Function*(NameId)> function;  // the only thing a module variable is bound to
  std::function<bool(NameId)> is_builtin;                // and not bound by the module
};

// SEC110, SEC215 and SEC401 to SEC405, with offsets of the file.
void check_taint(const TaintWorld& world, DiagSink& sink);

}  // namespace ml::sema
