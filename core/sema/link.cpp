#include "core/sema/link.h"

#include <algorithm>
#include <utility>

#include "core/sema/checks/flow.h"
#include "core/sema/checks/view.h"

namespace ml::sema {

using namespace ast;

namespace {

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed = (seed ^ value) * 0x9e3779b97f4a7c15u;
  return seed ^ (seed >> 29);
}

// What a caller sees of a function: names and defaults of its parameters.
std::uint64_t signature(const Function* f) {
  if (f == nullptr) return 0;
  std::uint64_t hash = 1;
  for (const Param& p : f->params)
    hash = mix(hash, p.binding.name.raw * 2u + (p.default_value != nullptr ? 1 : 0));
  return hash;
}

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

  const Linker& linker_;
  const ItemFacts& facts_;
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

void Linker::run() {
  declare();
  add_uses();
  finish_variables();
  link_items();
  check_order();
  check_bindings();
  report_unknown();
  assemble();
}

void Linker::declare() {
  for (std::uint32_t i = 0; i < out_.items.size(); ++i) {
    DiagSink imports;
    for (const BindingSite& site : out_.items[i]->summary->bindings) {
      if (!site.nested) declare(i, site, imports);
    }
    if (!imports.found().empty()) move_into(found_, imports.take(), module_.items[i].start);
  }
  for (const auto& item : out_.items) {
    for (const BindingSite& site : item->summary->bindings) {
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

void Linker::declare(std::uint32_t item, const BindingSite& site, DiagSink& imports) {
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
    v.first_binding = site.span.moved(module_.items[item].start);
    ModuleVariable& info = info_.emplace_back();
    info.type = site.type;
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
  imports_.add(*site.import, *info.module, words_, resolve_, imports);
}

void Linker::add_uses() {
  for (const auto& item : out_.items) {
    for (const FreeName& name : item->summary->free) {
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
    hash = mix(hash, info.calls_function ? signature(v.function) : 0);
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
  return {options_.interactive ? NameUse::Host : NameUse::Unknown};
}

void Linker::link_items() {
  for (auto& item : out_.items) {
    const ItemSummary& summary = *item->summary;
    const std::size_t size = summary.free.size() + summary.locals.size() + summary.early_reads.size();
    const std::vector<std::uint64_t>& known = item->environment;
    bool same =
        known.size() == size + 1;  // and a last word, so that "never linked" differs from "uses no names"
    std::size_t at = 0;
    for (std::size_t i = 0; same && i < summary.free.size(); ++i)
      same = known[at++] == stamp(summary.free[i].name);
    for (std::size_t i = 0; same && i < summary.locals.size(); ++i) {
      same = known[at++] == (variable(summary.locals[i].name) != kNone ? 1u : 0u);
    }
    for (std::size_t i = 0; same && i < summary.early_reads.size(); ++i) {
      same = known[at++] == (variable(summary.early_reads[i].name) != kNone ? 1u : 0u);
    }
    if (!same) item = link_item(*item);
  }
}

std::shared_ptr<const ItemFacts> Linker::link_item(const ItemFacts& old) const {
  const ItemSummary& summary = *old.summary;
  auto facts = std::make_shared<ItemFacts>();
  facts->functions = old.functions;
  facts->function_of = old.function_of;
  facts->names = old.names;
  facts->summary = old.summary;
  std::vector<NameRef> refs;
  refs.reserve(summary.free.size());
  facts->environment.reserve(summary.free.size() + summary.locals.size() + summary.early_reads.size() + 1);
  for (const FreeName& name : summary.free) {
    refs.push_back(ref(name.name));
    facts->environment.push_back(stamp(name.name));
  }
  for (const LocalName& local : summary.locals)
    facts->environment.push_back(variable(local.name) != kNone ? 1u : 0u);
  for (const EarlyRead& read : summary.early_reads)
    facts->environment.push_back(variable(read.name) != kNone ? 1u : 0u);
  facts->environment.push_back(0);

  // A `nonlocal` that leads nowhere is reported once, there.
  std::vector<bool> reported(summary.nonlocals.empty() ? 0 : summary.free.size());
  for (const OuterName& name : summary.nonlocals) reported[name.free] = true;
  for (std::uint32_t i = 0; i < summary.refs.size(); ++i) {
    const Reference& reference = summary.refs[i];
    facts->names[reference.node.raw] = refs[reference.free];
    if (refs[reference.free].use != NameUse::Unknown) continue;
    if (reported.empty() || !reported[reference.free]) facts->unknown_refs.push_back(i);
  }
  for (const BindingSite& site : summary.bindings) facts->names[site.node.raw] = refs[site.free];
  for (const OuterName& name : summary.nonlocals) facts->names[name.node.raw] = refs[name.free];
  link_findings(*facts);
  return facts;
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
  facts.linked_findings = sink.take();
}

void Linker::assemble() {
  std::vector<Diagnostic>& out = out_.diagnostics;
  out = module_.diagnostics;
  for (std::size_t i = 0; i < out_.items.size(); ++i) {
    const ByteOffset start = module_.items[i].start;
    const ItemFacts& facts = *out_.items[i];
    if (const auto& found = facts.summary->item->diagnostics; !found.empty()) move_into(out, found, start);
    const std::size_t first = out.size();
    if (const auto& found = facts.summary->findings; !found.empty()) move_into(out, found, start);
    if (!facts.linked_findings.empty()) move_into(out, facts.linked_findings, start);
    if (facts.summary->item->refused) {
      // What was meant is not known: only what is wrong either way.
      out.erase(std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                               [](const Diagnostic& d) { return d.severity != Severity::Error; }),
                out.end());
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
