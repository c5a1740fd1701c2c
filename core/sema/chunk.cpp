#include "core/sema/chunk.h"

#include <algorithm>
#include <utility>

#include "core/base/two_threads.h"

namespace ml::sema {

namespace {

// Names and defaults of the parameters.
std::uint64_t signature(const ast::Function* f) {
  if (f == nullptr) return 0;
  std::uint64_t hash = 1;
  for (const ast::Param& p : f->params)
    hash = mix(hash, p.binding.name.raw * 2u + (p.default_value != nullptr ? 1 : 0));
  return hash;
}

}  // namespace

std::size_t middle_chunk(const ast::Module& module) {
  const auto& chunks = module.items.chunks();
  const ByteOffset length = chunks.empty() ? 0 : chunks.back().start;
  if (!has_second_core() || length < kWorthThread) return 0;
  const auto behind = std::partition_point(chunks.begin(), chunks.end(),
                                           [&](const auto& placed) { return placed.start < length / 2; });
  return static_cast<std::size_t>(behind - chunks.begin());
}

ChunkSummary summarize(std::shared_ptr<const ast::ItemChunk> items,
                       const std::vector<std::shared_ptr<const ItemFacts>>& facts,
                       std::vector<std::uint32_t>& seen) {
  ChunkSummary out;
  const auto add_bound = [&](NameId name) {
    if (seen[name.raw] != kNone) return;
    seen[name.raw] = 0;
    out.bound.push_back(name);
  };
  for (std::uint32_t i = 0; i < facts.size(); ++i) {
    for (const LocalName& local : facts[i]->summary->locals) add_bound(local.name);
    for (const EarlyRead& read : facts[i]->summary->early_reads) add_bound(read.name);
  }
  for (const NameId name : out.bound) seen[name.raw] = kNone;

  for (std::uint32_t i = 0; i < facts.size(); ++i) {
    const ItemSummary& item = *facts[i]->summary;
    const ByteOffset start = items->entries[i].start;
    for (const BindingSite& site : item.bindings) {
      ChunkSummary::Binding& binding = out.bindings.emplace_back();
      binding.site = site;
      binding.site.span = site.span.moved(start);
      binding.item_start = start;
      binding.signature = signature(site.function);
      out.nested |= site.nested;
    }
    const std::size_t effects = out.effects.size();
    for (const FreeName& name : item.free) {
      if (name.effect != PassEffect::None) out.effects.push_back({name.name, name.effect});
      std::uint32_t& index = seen[name.name.raw];
      if (index == kNone) {
        index = static_cast<std::uint32_t>(out.uses.size());
        out.uses.push_back(name);
      } else {
        FreeName& use = out.uses[index];
        use.read |= name.read;
        use.called |= name.called;
        use.inside_function |= name.inside_function;
      }
    }
    for (const EntryRead& read : item.entry_reads) {
      out.reads.push_back({item.free[read.free].name, read});
      out.reads.back().read.span = read.span.moved(start);
    }
    if (effects != out.effects.size() || !item.entry_reads.empty() || !item.completes) {
      out.steps.push_back({i, static_cast<std::uint32_t>(out.reads.size()),
                           static_cast<std::uint32_t>(out.effects.size()), item.completes});
    }
    out.broken |= item.broken;
    const ast::Stmt* stmt = item.item->stmt;
    out.capabilities |= stmt != nullptr && stmt->kind == ast::StmtKind::Capability;
  }
  for (const FreeName& name : out.uses) seen[name.name.raw] = kNone;
  out.items = std::move(items);
  return out;
}

}  // namespace ml::sema
