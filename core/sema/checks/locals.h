#pragma once

// Local variables (language.md 6.3): hidden built-ins (ML0214), unused variables, parameters and nested
// functions (ML0215, ML0216, ML0219).

#include "core/diag/sink.h"
#include "core/sema/collect.h"
#include "core/sema/summary.h"

namespace ml::sema {

void check_locals(const Words& words, const Collected& collected, const ItemFacts& facts,
                  const ItemSummary& summary, DiagSink& sink);

// ML0214 for a variable or function that hides a built-in. `called_in_vain`: it is called although it never
// holds a function, so the call reaches the built-in.
void report_hidden_builtin(std::string_view name, Span span, bool called_in_vain, DiagSink& sink);

}  // namespace ml::sema
