#pragma once

// Second pass over an item: what every name means, as far as the item can say.

#include "core/diag/sink.h"
#include "core/sema/item.h"

namespace ml::sema {

// Fills functions, function_of and names of `facts`, and the tables of names of `summary`. Reports ML0208,
// ML0209, ML0211, ML0213 and ML0217 where local variables are concerned.
void resolve(const Words& words, ItemScratch& scratch, ItemFacts& facts, ItemSummary& summary,
             DiagSink& sink);

}  // namespace ml::sema
