#pragma once

// What a chunk of items says to the link step, in a few arrays: joining the items of a file must not visit
// them. Private to core/sema. Depends on the items alone; computed once per chunk and shared between
// versions.

#include <memory>
#include <vector>

#include "core/sema/analysis.h"
#include "core/sema/summary.h"

namespace ml::sema {

struct ChunkSummary {
  struct Binding {
    BindingSite site;             // with a span relative to the chunk
    ByteOffset item_start = 0;    // relative to the chunk
    std::uint64_t signature = 0;  // what callers see of `site.function`
  };
  // An item that does something to module variables when control passes it, or that control may not leave.
  struct Step {
    std::uint32_t item = 0;                        // in the chunk
    std::uint32_t reads_end = 0, effects_end = 0;  // they begin where those of the step before end
    bool completes = true;
  };
  struct Read {
    NameId name;
    EntryRead read;  // with a span relative to the chunk
  };
  struct Effect {
    NameId name;
    PassEffect effect;
  };

  std::shared_ptr<const ast::ItemChunk> items;
  std::vector<Binding> bindings;  // of module variables, in source order
  std::vector<FreeName> uses;     // every name the items use or bind at module level, once; without `effect`
  std::vector<NameId> bound;      // names of which it matters whether the module binds them, once
  std::vector<Step> steps;
  std::vector<Read> reads;
  std::vector<Effect> effects;
  bool nested = false;        // some binding is
  bool broken = false;        // some item is
  bool capabilities = false;  // some item is a capability declaration
};

// Where the second thread begins when the chunks of a module are given to two; 0 where one does all.
std::size_t middle_chunk(const ast::Module& module);

// `seen` has a kNone for every NameId, and has so afterwards.
ChunkSummary summarize(std::shared_ptr<const ast::ItemChunk> items,
                       const std::vector<std::shared_ptr<const ItemFacts>>& facts,
                       std::vector<std::uint32_t>& seen);

}  // namespace ml::sema
