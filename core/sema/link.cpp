#include "core/sema/link.h"

#include <algorithm>
#include <utility>

#include "core/base/two_threads.h"
#include "core/sema/checks/flow.h"
#include "core/sema/checks/security_text.h"
#include "core/sema/checks/view.h"
#include "core/sema/library_roles.h"
#include "core/sema/stopwatch.h"

namespace ml::sema {

using namespace ast;

namespace {

void move_into(std::vector<Diagnostic>& to, std::vector<Diagnostic> found, ByteOffset by) {
  for (Diagnostic& d : found) {
    d.span = d.span.moved(by);
    for (RelatedPlace& place : d.related) place.span = place.span.moved(by);
    to.push_back(std::move(d));
  }
}

}  // namespace

// Names of one item as the module gives them meaning.
class LinkView final : public View {
 public:
  LinkView(const Linker& linker, const ItemFacts& facts)
      : View(linker.words_), linker_(linker), facts_(facts) {}

  std::vector<LibraryUse> take_uses() const { return std::exchange(uses_, {}); }

 private:
  NameFacts look_up(const NameExpr& name) const override {
    const NameRef& ref = facts_.names[name.id.raw];
    if (ref.use == NameUse::Local || ref.use == NameUse::Enclosing) {
      const Variable& v = facts_.functions[ref.owner.raw].variables[ref.variable.raw];
      const LocalInfo& info = facts_.summary->local(ref.owner, ref.variable);
      return {ref.use,         info.type,
              info.uncallable, v.function != nullptr && (v.hoisted || !v.hides_builtin),
              v.hides_builtin, v.function,
              nullptr};
    }
    if (ref.use != NameUse::Module) return {ref.use};
    const Variable& v = linker_.out_.module_variables[ref.variable.raw];
    const ModuleVariable& info = linker_.info_[ref.variable.raw];
    const bool only_import = info.is_import && !info.is_other && !info.bound_inside && !info.host;
    return {ref.use,
            info.type,
            info.uncallable,
            info.calls_function,
            v.hides_builtin,
            v.function,
            only_import ? info.module.get() : nullptr};
  }

  void note_use(const stdlib::Entry& entry, Span span) const override {
    for (const std::string_view capability : entry.capabilities) {
      if (is_default_capability(capability)) continue;
      uses_.push_back({&entry, span});
      return;
    }
  }

  const Linker& linker_;
  const ItemFacts& facts_;
  mutable std::vector<LibraryUse> uses_;
};

Linker::Linker(const Module& module, const Words& words, const ImportResolver& resolve,
               const AnalyzeOptions& options, Analysis& out)
    : module_(module),
      words_(words),
      resolve_(resolve),
      options_(options),
      out_(out),
      variable_of_(words.names.size(), kNone),
      host_(words.names.size(), false) {
  for (const std::string& name : options.host_names) {
    if (const NameId id = words.names.find(name)) host_[id.raw] = true;
  }
}

void Linker::run(const std::vector<std::shared_ptr<ItemFacts>>& fresh, bool all, SecurityTimes* times) {
  declare();
  add_uses();
  finish_variables();
  link_items(fresh, all);
  check_order();
  check_bindings();
  report_unknown();
  {
    const Stopwatch watch(times == nullptr ? nullptr : &times->patterns_ns);
    check_capabilities();
  }
  {
    const Stopwatch watch(times == nullptr ? nullptr : &times->data_flow_ns);
    check_data_flow();
  }
  assemble();
}

void Linker::declare() {
  bool nested = false;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    nested = nested || chunk.summary.nested;
    for (const ChunkSummary::Binding& binding : chunk.summary.bindings) {
      if (!binding.site.nested) declare(binding, chunk.start);
    }
  }
  for (std::size_t c = 0; nested && c < chunk_count(); ++c) {
    for (const ChunkSummary::Binding& binding : chunk(c).summary.bindings) {
      const BindingSite& site = binding.site;
      if (!site.nested || variable(site.name) == kNone) continue;
      Variable& v = out_.module_variables[variable(site.name)];
      ModuleVariable& info = info_[variable(site.name)];
      ++v.bindings;
      v.function = nullptr;
      info.bound_inside = true;
      info.type = ValueType::Unknown;
      info.uncallable = info.uncallable && is_uncallable(site.type);
    }
  }
}

void Linker::declare(const ChunkSummary::Binding& binding, ByteOffset chunk_start) {
  const BindingSite& site = binding.site;
  std::uint32_t& index = variable_of_[site.name.raw];
  if (index == kNone) {
    index = static_cast<std::uint32_t>(info_.size());
    Variable& v = out_.module_variables.emplace_back();
    v.name = site.name;
    v.kind = site.import != nullptr            ? VariableKind::Import
             : site.kind == BindKind::Function ? VariableKind::Function
             : site.kind == BindKind::Loop     ? VariableKind::Loop
             : site.kind == BindKind::Except   ? VariableKind::Except
                                               : VariableKind::Variable;
    v.hoisted = site.kind == BindKind::Function && site.direct;
    v.hides_builtin = words_.is_builtin(site.name);
    v.function = site.function;
    v.first_binding = site.span.moved(chunk_start);
    ModuleVariable& info = info_.emplace_back();
    info.type = site.type;
    info.signature = binding.signature;
    info.host = host_[site.name.raw] || options_.interactive;
  } else {
    out_.module_variables[index].function = nullptr;
    info_[index].type = ValueType::Unknown;
  }
  Variable& v = out_.module_variables[index];
  ModuleVariable& info = info_[index];
  ++v.bindings;
  v.is_const = v.is_const || site.kind == BindKind::Const;
  info.uncallable = info.uncallable && is_uncallable(site.type);
  if (site.import == nullptr) {
    info.is_other = true;
    return;
  }
  // Two imports bind one name together only as parts of one namespace.
  if (info.is_import && (site.import->alias.name || info.alias != nullptr)) info.is_other = true;
  info.is_import = true;
  if (site.import->alias.name) info.alias = site.import;
  if (info.module == nullptr) info.module = std::make_unique<ModuleTree>();
  DiagSink imports;
  imports_.add(*site.import, *info.module, words_, resolve_, imports);
  // An import in a block has a finding of its own.
  if (site.direct) move_into(found_, imports.take(), chunk_start + binding.item_start);
}

void Linker::add_uses() {
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    for (const FreeName& name : chunk(c).summary.uses) {
      const std::uint32_t index = variable(name.name);
      if (index == kNone) continue;
      info_[index].used |= name.read;
      info_[index].called |= name.called;
      out_.module_variables[index].captured |= name.inside_function;
    }
  }
}

void Linker::finish_variables() {
  for (std::uint32_t i = 0; i < info_.size(); ++i) {
    const Variable& v = out_.module_variables[i];
    ModuleVariable& info = info_[i];
    if (info.host) {
      info.type = ValueType::Unknown;
      info.uncallable = false;
    }
    // Until it is bound, the name of a built-in reaches the built-in, and a name of the host what the host
    // gave.
    info.calls_function = v.function != nullptr && (v.hoisted || (!v.hides_builtin && !info.host));
    std::uint64_t hash = mix(i, static_cast<std::uint64_t>(info.type));
    hash = mix(hash, (info.uncallable ? 1u : 0u) | (info.calls_function ? 2u : 0u) |
                         (info.bound_inside ? 4u : 0u) | (info.is_other ? 8u : 0u) | (info.host ? 16u : 0u) |
                         (v.hides_builtin ? 32u : 0u));
    hash = mix(hash, info.calls_function ? info.signature : 0);
    info.stamp = mix(hash, info.module != nullptr ? info.module->stamp : 0);
  }
}

std::uint64_t Linker::stamp(NameId name) const {
  const std::uint32_t index = variable(name);
  if (index != kNone) return info_[index].stamp;
  return static_cast<std::uint64_t>(ref(name).use);
}

NameRef Linker::ref(NameId name) const {
  const std::uint32_t index = variable(name);
  if (index != kNone) return {NameUse::Module, FunctionId::none(), VariableId{index}};
  if (host_[name.raw]) return {NameUse::Host};
  if (words_.is_builtin(name)) return {NameUse::Builtin};
  if (!options_.interactive) return {NameUse::Unknown};
  const std::string_view text = words_.text(name);
  return {is_host_word(text) ? NameUse::Unknown : NameUse::Host};
}

void Linker::link_items(const std::vector<std::shared_ptr<ItemFacts>>& fresh, bool all) {
  if (!all) {
    for (const auto& facts : fresh) link_item(*facts);
  }
  // Chunks do not look at each other.
  const auto link = [&](std::size_t from, std::size_t to) {
    for (std::size_t c = from; c < to; ++c) {
      const FactsChunk& facts = chunk(c).facts;
      const std::uint32_t first = out_.items.chunks()[c].first;
      for (std::size_t i = 0; all && i < facts.size(); ++i) link_item(*fresh[first + i]);
      if (!is_linked(facts)) out_.items.replace(c, link_chunk(facts));
    }
  };
  const std::size_t half = all ? middle_chunk(module_) : 0;
  if (half == 0) return link(0, chunk_count());
  at_once([&] { link(0, half); }, [&] { link(half, chunk_count()); });
}

// Both kinds of environment have a last word, so that "never linked" differs from "uses no names".
bool Linker::is_linked(const FactsChunk& chunk) const {
  const ChunkSummary& summary = *chunk.summary;
  const std::vector<std::uint64_t>& known = chunk.environment;
  if (known.size() != summary.uses.size() + summary.bound.size() + 1) return false;
  std::size_t at = 0;
  for (const FreeName& name : summary.uses) {
    if (known[at++] != stamp(name.name)) return false;
  }
  for (const NameId name : summary.bound) {
    if (known[at++] != is_bound(name)) return false;
  }
  return true;
}

bool Linker::is_linked(const ItemFacts& facts) const {
  const ItemSummary& summary = *facts.summary;
  const std::vector<std::uint64_t>& known = facts.environment;
  if (known.size() != summary.free.size() + summary.locals.size() + summary.early_reads.size() + 1)
    return false;
  std::size_t at = 0;
  for (const FreeName& name : summary.free) {
    if (known[at++] != stamp(name.name)) return false;
  }
  for (const LocalName& local : summary.locals) {
    if (known[at++] != is_bound(local.name)) return false;
  }
  for (const EarlyRead& read : summary.early_reads) {
    if (known[at++] != is_bound(read.name)) return false;
  }
  return true;
}

std::shared_ptr<const FactsChunk> Linker::link_chunk(const FactsChunk& old) const {
  auto chunk = std::make_shared<FactsChunk>();
  chunk->facts = old.facts;
  chunk->summary = old.summary;
  chunk->environment.reserve(old.summary->uses.size() + old.summary->bound.size() + 1);
  for (const FreeName& name : old.summary->uses) chunk->environment.push_back(stamp(name.name));
  for (const NameId name : old.summary->bound) chunk->environment.push_back(is_bound(name));
  chunk->environment.push_back(0);
  for (std::uint32_t i = 0; i < chunk->facts.size(); ++i) {
    std::shared_ptr<const ItemFacts>& facts = chunk->facts[i];
    if (!is_linked(*facts)) {
      auto linked = std::make_shared<ItemFacts>();
      linked->functions = facts->functions;
      linked->function_of = facts->function_of;
      linked->names = facts->names;
      linked->summary = facts->summary;
      link_item(*linked);
      facts = std::move(linked);
    }
    const bool findings = !facts->linked_findings.empty() || !facts->summary->findings.empty() ||
                          !facts->summary->item->diagnostics.empty();
    if (findings) chunk->with_findings.push_back(i);
    if (!facts->unknown_refs.empty()) chunk->with_unknown.push_back(i);
    if (!facts->uses.empty()) chunk->with_uses.push_back(i);
  }
  return chunk;
}

// Of what a link step says, the facts have at most `names` of another one.
void Linker::link_item(ItemFacts& facts) const {
  const ItemSummary& summary = *facts.summary;
  std::vector<NameRef> refs;
  refs.reserve(summary.free.size());
  facts.environment.reserve(summary.free.size() + summary.locals.size() + summary.early_reads.size() + 1);
  for (const FreeName& name : summary.free) {
    refs.push_back(ref(name.name));
    facts.environment.push_back(stamp(name.name));
  }
  for (const LocalName& local : summary.locals) facts.environment.push_back(is_bound(local.name));
  for (const EarlyRead& read : summary.early_reads) facts.environment.push_back(is_bound(read.name));
  facts.environment.push_back(0);

  // A `nonlocal` that leads nowhere is reported once, there.
  std::vector<bool> reported(summary.nonlocals.empty() ? 0 : summary.free.size());
  for (const OuterName& name : summary.nonlocals) reported[name.free] = true;
  for (std::uint32_t i = 0; i < summary.refs.size(); ++i) {
    const Reference& reference = summary.refs[i];
    facts.names[reference.node.raw] = refs[reference.free];
    if (refs[reference.free].use != NameUse::Unknown) continue;
    if (reported.empty() || !reported[reference.free]) facts.unknown_refs.push_back(i);
  }
  for (const BindingSite& site : summary.bindings) facts.names[site.node.raw] = refs[site.free];
  for (const OuterName& name : summary.nonlocals) facts.names[name.node.raw] = refs[name.free];
  link_findings(facts);
}

void Linker::link_findings(ItemFacts& facts) const {
  const ItemSummary& summary = *facts.summary;
  DiagSink sink;
  for (const OuterName& name : summary.nonlocals) {
    const NameRef target = ref(summary.free[name.free].name);
    if (target.use == NameUse::Module || target.use == NameUse::Host) continue;
    sink.emit(diag::NonlocalUnbound, name.span, words_.text(summary.free[name.free].name));
  }
  for (const LocalName& local : summary.locals) {
    if (variable(local.name) != kNone) sink.emit(diag::ShadowsOuter, local.span, words_.text(local.name));
  }
  for (const EarlyRead& read : summary.early_reads) {
    const std::string_view name = words_.text(read.name);
    Diagnostic& found = variable(read.name) != kNone || host_[read.name.raw]
                            ? sink.emit(diag::LocalReadBeforeAssignment, read.span, name)
                            : sink.emit(diag::ReadBeforeAssignment, read.span, name);
    if (variable(read.name) != kNone) found.hint = nonlocal_hint(name);
    if (read.in_try) found.severity = Severity::Warning;
  }
  const LinkView view(*this, facts);
  for (const Site& site : summary.sites) check_site(site, view, sink);
  facts.uses = view.take_uses();
  facts.linked_findings = sink.take();
}

void Linker::assemble() {
  std::vector<Diagnostic>& out = out_.diagnostics;
  out = module_.diagnostics;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    for (const std::uint32_t i : chunk.facts.with_findings) {
      const ByteOffset start = chunk.start + chunk.summary.items->entries[i].start;
      const ItemFacts& facts = *chunk.facts.facts[i];
      move_into(out, facts.summary->item->diagnostics, start);
      const std::size_t first = out.size();
      move_into(out, facts.summary->findings, start);
      move_into(out, facts.linked_findings, start);
      if (facts.summary->item->refused) {
        // What was meant is not known: only what is wrong either way.
        out.erase(std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                 [](const Diagnostic& d) { return d.severity != Severity::Error; }),
                  out.end());
      }
    }
  }
  for (Diagnostic& d : found_) out.push_back(std::move(d));
  // In a session the value of an expression is shown.
  if (options_.interactive)
    std::erase_if(out, [](const Diagnostic& d) { return d.code == diag::NoEffect.code; });
  const auto before = [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; };
  if (!std::is_sorted(out.begin(), out.end(), before)) std::stable_sort(out.begin(), out.end(), before);
}

}  // namespace ml::sema
