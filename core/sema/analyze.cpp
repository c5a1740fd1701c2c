#include <algorithm>
#include <unordered_map>

#include "core/sema/analysis.h"
#include "core/sema/item.h"
#include "core/sema/link.h"

namespace ml::sema {

namespace {

using Facts = std::shared_ptr<const ItemFacts>;

const ast::Item* item_of(const Facts& facts) { return facts->summary->item.get(); }

// Facts of the items both versions share: an edit leaves a long beginning and a long end as they are.
std::vector<Facts> shared_facts(const ast::Module& module, const Analysis* previous) {
  std::vector<Facts> facts(module.items.size());
  if (previous == nullptr) return facts;
  const std::vector<Facts>& old = previous->items;
  std::size_t begin = 0;
  std::size_t end = facts.size(), old_end = old.size();
  while (begin < end && begin < old_end && item_of(old[begin]) == module.items[begin].item.get()) {
    facts[begin] = old[begin];
    ++begin;
  }
  while (end > begin && old_end > begin && item_of(old[old_end - 1]) == module.items[end - 1].item.get()) {
    facts[--end] = old[--old_end];
  }
  if (begin == end || begin == old_end) return facts;
  std::unordered_map<const ast::Item*, const Facts*> moved;
  for (std::size_t i = begin; i < old_end; ++i) moved.emplace(item_of(old[i]), &old[i]);
  for (std::size_t i = begin; i < end; ++i) {
    if (const auto found = moved.find(module.items[i].item.get()); found != moved.end())
      facts[i] = *found->second;
  }
  return facts;
}

}  // namespace

bool Analysis::has_errors() const {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

Analysis analyze(const ast::Module& module, Interner& names, const stdlib::Catalogue& library,
                 const ImportResolver& resolve, const AnalyzeOptions& options, const Analysis* previous) {
  Analysis analysis;
  const Words words(names, library);
  analysis.items = shared_facts(module, previous);
  std::unique_ptr<ItemScratch> scratch;
  for (std::size_t i = 0; i < analysis.items.size(); ++i) {
    if (analysis.items[i] != nullptr) continue;
    if (scratch == nullptr) scratch = std::make_unique<ItemScratch>(names.size());
    analysis.items[i] = std::make_shared<ItemFacts>(analyze_item(module.items[i].item, words, *scratch));
  }
  Linker(module, words, resolve, options, analysis).run();
  return analysis;
}

}  // namespace ml::sema
