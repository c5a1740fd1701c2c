#include "core/sema/item.h"

#include <algorithm>
#include <utility>

#include "core/diag/sink.h"
#include "core/sema/checks/control.h"
#include "core/sema/checks/flow.h"
#include "core/sema/checks/locals.h"
#include "core/sema/checks/security.h"
#include "core/sema/checks/view.h"
#include "core/sema/resolve.h"
#include "core/sema/stopwatch.h"

namespace ml::sema {

using namespace ast;

Words::Words(const Interner& interner, const stdlib::Catalogue& catalogue)
    : names(interner),
      library(catalogue),
      builtins(catalogue.module("builtin")),
      builtin(interner.size(), kNotBuiltin) {
  if (const NameId id = interner.find("builtin")) builtin[id.raw] = kBuiltinModule;
  if (builtins == nullptr) return;
  for (std::size_t i = 0; i < builtins->entries.size(); ++i) {
    const stdlib::Entry& entry = builtins->entries[i];
    if (!entry.owner.empty()) continue;
    if (const NameId id = interner.find(entry.name)) builtin[id.raw] = static_cast<std::uint16_t>(i);
  }
}

const stdlib::Entry* Words::entry(NameId name) const {
  const std::uint16_t index = builtin[name.raw];
  return index < kBuiltinModule ? &builtins->entries[index] : nullptr;
}

namespace {

class ItemView final : public View {
 public:
  ItemView(const Words& word_table, const ItemFacts& facts, const ItemSummary& summary)
      : View(word_table), facts_(facts), summary_(summary) {}

 private:
  NameFacts look_up(const NameExpr& name) const override {
    const NameRef& ref = facts_.names[name.id.raw];
    if (ref.use != NameUse::Local && ref.use != NameUse::Enclosing) {
      pending_ = true;
      return {};
    }
    const Variable& v = facts_.functions[ref.owner.raw].variables[ref.variable.raw];
    const LocalInfo& info = summary_.local(ref.owner, ref.variable);
    // Until it is bound, a call of a built-in's name reaches the built-in.
    const bool calls_function = v.function != nullptr && (v.hoisted || !v.hides_builtin);
    return {ref.use, info.type, info.uncallable, calls_function, v.hides_builtin, v.function, nullptr};
  }

  const ItemFacts& facts_;
  const ItemSummary& summary_;
};

}  // namespace

ItemFacts analyze_item(std::shared_ptr<const Item> item, const Words& words, ItemScratch& scratch) {
  ItemFacts facts;
  auto summary = std::make_shared<ItemSummary>();
  summary->item = std::move(item);
  const Item& source = *summary->item;
  facts.names.resize(source.node_count);
  DiagSink sink;
  collect(source, words, scratch.collected);
  std::uint32_t functions_end = 0;  // behind the last id of a function
  for (const CollectedFunction& f : scratch.collected.functions) {
    if (f.function != nullptr) functions_end = std::max(functions_end, f.function->id.raw + 1);
  }
  facts.function_of.resize(functions_end);
  resolve(words, scratch, facts, *summary, sink);
  summary->broken = source.refused || scratch.collected.functions[0].broken;
  check_flow(words, scratch.collected, facts, *summary, sink);
  check_locals(words, scratch.collected, facts, *summary, sink);
  summary->completes = check_control(source, words, sink);
  {
    const Stopwatch watch(scratch.security_ns);
    check_item_security(source, scratch.collected, words, scratch.security, sink);
  }

  ItemView view(words, facts, *summary);
  for (const Site& site : scratch.collected.sites) {
    view.reset();
    DiagSink found;
    check_site(site, view, found);
    if (view.met_pending()) {
      summary->sites.push_back(site);
    } else {
      sink.add(found.take());
    }
  }
  summary->findings = sink.take();
  std::stable_sort(summary->findings.begin(), summary->findings.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
  facts.summary = std::move(summary);
  return facts;
}

}  // namespace ml::sema
