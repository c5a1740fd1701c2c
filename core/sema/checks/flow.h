#pragma once

// Reads before assignment (ML0204 to ML0206; language.md 6.3): a forward analysis per function over the
// structure of its statements.

#include <string>
#include <string_view>

#include "core/diag/sink.h"
#include "core/sema/collect.h"
#include "core/sema/summary.h"

namespace ml::sema {

// Checks every function of the item. Findings about local variables go to `sink` (ML0206) and to
// summary.early_reads; what top-level code needs from and does to module variables goes to
// summary.entry_reads and FreeName::effect. Names whose use is clear without the analysis, which is nearly
// all of them, cost nothing. Of one function at most 1024 variables are followed; further ones count as
// assigned.
void check_flow(const Words& words, const Collected& collected, const ItemFacts& facts, ItemSummary& summary,
                DiagSink& sink);

// The hint of ML0205.
std::string nonlocal_hint(std::string_view name);

}  // namespace ml::sema
