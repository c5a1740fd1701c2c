#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/two_threads.h"
#include "core/diag/security.h"
#include "core/sema/analysis.h"
#include "core/sema/chunk.h"
#include "core/sema/item.h"
#include "core/sema/link.h"

namespace ml::sema {

namespace {

using Facts = std::shared_ptr<const ItemFacts>;

// Brings the facts of every item: those that the previous version knows, and new ones.
class Gatherer {
 public:
  // `security_ns` (may be null) is told what the security checks took.
  Gatherer(const ast::Module& module, const Words& words, const Analysis* previous, Analysis& out,
           std::uint64_t* security_ns)
      : module_(module), words_(words), previous_(previous), out_(out), security_ns_(security_ns) {}

  // Facts nobody else has seen yet, in the order of the items.
  std::vector<std::shared_ptr<ItemFacts>> run();

 private:
  void know(const FactsChunk& chunk) {
    for (const Facts& facts : chunk.facts) known_.emplace(facts->summary->item.get(), &facts);
  }
  void make_all();
  void make(std::size_t from, std::size_t to);
  std::shared_ptr<const FactsChunk> chunk(std::shared_ptr<const ast::ItemChunk> items);
  void make_scratch();

  const ast::Module& module_;
  const Words& words_;
  const Analysis* previous_;
  Analysis& out_;
  std::uint64_t* security_ns_;
  std::unordered_map<const ast::Item*, const Facts*> known_;  // of chunks that are not shared
  std::unique_ptr<ItemScratch> scratch_;
  std::vector<std::shared_ptr<ItemFacts>> fresh_;
};

std::vector<std::shared_ptr<ItemFacts>> Gatherer::run() {
  const auto& chunks = module_.items.chunks();
  out_.items.reserve_chunks(chunks.size());
  if (previous_ == nullptr) {
    make_all();
    return std::move(fresh_);
  }
  // An edit leaves a long beginning and a long end as they are.
  std::size_t begin = 0, end = chunks.size(), moved = 0;
  const auto& old = previous_->items.chunks();
  std::size_t old_end = old.size();
  const auto same = [&](std::size_t i, std::size_t j) {
    return old[j].chunk->summary->items == chunks[i].chunk;
  };
  while (begin < end && begin < old_end && same(begin, begin)) ++begin;
  while (end > begin && old_end > begin && same(end - 1, old_end - 1)) --end, --old_end;
  for (std::size_t i = begin; i < old_end; ++i) know(*old[i].chunk);
  moved = old_end - end;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const bool shared = i < begin || i >= end;
    out_.items.add(
        shared ? previous_->items.chunks()[i < begin ? i : i + moved].chunk : chunk(chunks[i].chunk), {});
  }
  return std::move(fresh_);
}

void Gatherer::make(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) out_.items.add(chunk(module_.items.chunks()[i].chunk), {});
}

// Items do not know each other: a long module has two threads.
void Gatherer::make_all() {
  const std::size_t half = middle_chunk(module_), count = module_.items.chunks().size();
  if (half == 0) return make(0, count);
  Analysis rest;
  std::uint64_t there = 0;
  Gatherer second(module_, words_, nullptr, rest, security_ns_ == nullptr ? nullptr : &there);
  at_once([&] { make(0, half); }, [&] { second.make(half, count); });
  if (security_ns_ != nullptr) *security_ns_ = (*security_ns_ + there) / 2;
  for (const auto& placed : rest.items.chunks()) out_.items.add(placed.chunk, {});
  fresh_.insert(fresh_.end(), second.fresh_.begin(), second.fresh_.end());
}

void Gatherer::make_scratch() {
  if (scratch_ != nullptr) return;
  scratch_ = std::make_unique<ItemScratch>(words_.names.size());
  scratch_->security_ns = security_ns_;
}

std::shared_ptr<const FactsChunk> Gatherer::chunk(std::shared_ptr<const ast::ItemChunk> items) {
  auto out = std::make_shared<FactsChunk>();
  out->facts.reserve(items->size());
  for (const ast::ItemChunk::Entry& entry : items->entries) {
    if (const auto known = known_.find(entry.item.get()); known != known_.end()) {
      out->facts.push_back(*known->second);
      continue;
    }
    make_scratch();
    fresh_.push_back(std::make_shared<ItemFacts>(analyze_item(entry.item, words_, *scratch_)));
    out->facts.push_back(fresh_.back());
  }
  make_scratch();
  out->summary = std::make_shared<ChunkSummary>(summarize(std::move(items), out->facts, scratch_->free));
  return out;
}

}  // namespace

bool Analysis::has_errors() const {
  return incomplete || std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
           return d.severity == Severity::Error && !is_security(d.code);
         });
}

Analysis analyze(const ast::Module& module, Interner& names, const stdlib::Catalogue& library,
                 const ImportResolver& resolve, const AnalyzeOptions& options, const Analysis* previous,
                 SecurityTimes* times) {
  Analysis analysis;
  const Words words(names, library);
  SecurityTimes taken;
  const auto fresh =
      Gatherer(module, words, previous, analysis, times == nullptr ? nullptr : &taken.patterns_ns).run();
  Linker(module, words, resolve, options, analysis)
      .run(fresh, previous == nullptr, times == nullptr ? nullptr : &taken);
  if (times != nullptr) {
    times->patterns_ns += taken.patterns_ns;
    times->data_flow_ns += taken.data_flow_ns;
  }
  return analysis;
}

}  // namespace ml::sema
