#include "core/sema/resolve.h"

#include <utility>

namespace ml::sema {

using namespace ast;

namespace {

VariableKind kind_of(BindKind kind) {
  switch (kind) {
    case BindKind::Parameter: return VariableKind::Parameter;
    case BindKind::Loop: return VariableKind::Loop;
    case BindKind::Except: return VariableKind::Except;
    case BindKind::Function: return VariableKind::Function;
    case BindKind::Import: return VariableKind::Import;
    case BindKind::Assign:
    case BindKind::Const:
    case BindKind::Pattern: break;
  }
  return VariableKind::Variable;
}

class Resolver {
 public:
  Resolver(const Words& words, ItemScratch& scratch, ItemFacts& facts, ItemSummary& summary, DiagSink& sink)
      : words_(words), scratch_(scratch), in_(scratch.collected), facts_(facts), out_(summary), sink_(sink) {}

  void run() {
    locals_.resize(in_.functions.size());
    facts_.functions.resize(in_.functions.size());
    for (std::uint32_t f = 0; f < in_.functions.size(); ++f) enter(f);
    while (!open_.empty()) leave();
    finish();
    for (const FreeName& name : out_.free) scratch_.free[name.name.raw] = kNone;
  }

 private:
  using Slot = ItemScratch::Slot;
  struct Undo {
    NameId name;
    Slot slot;
  };
  struct Open {
    std::uint32_t function, undo;
  };

  void enter(std::uint32_t f) {
    while (!open_.empty() && open_.back().function != in_.functions[f].parent) leave();
    open_.push_back({f, static_cast<std::uint32_t>(undo_.size())});
    const CollectedFunction& collected = in_.functions[f];
    FunctionScope& scope = facts_.functions[f];
    scope.function = collected.function;
    if (f == 0) {
      for (std::uint32_t b = collected.bindings.first; b != kNone; b = in_.next_binding[b]) {
        bind_outside(in_.bindings[b], false);
      }
    } else {
      if (collected.parent != 0) scope.parent = FunctionId{collected.parent};
      facts_.function_of[collected.function->id.raw] = FunctionId{f};
      open_scope(f, collected, scope);
    }
    for (std::uint32_t r = collected.refs.first; r != kNone; r = in_.next_ref[r]) reference(f, in_.refs[r]);
  }

  void leave() {
    while (undo_.size() > open_.back().undo) {
      scratch_.slots[undo_.back().name.raw] = undo_.back().slot;
      undo_.pop_back();
    }
    open_.pop_back();
  }

  void open_scope(std::uint32_t f, const CollectedFunction& collected, FunctionScope& scope) {
    std::uint32_t b = collected.bindings.first;
    for (; b != kNone && in_.bindings[b].kind == BindKind::Parameter; b = in_.next_binding[b]) {
      const BindingSite& site = in_.bindings[b];
      if (scratch_.slots[site.name.raw].function == f) {
        sink_.emit(diag::DuplicateParameter, site.span, words_.text(site.name));
      }
      bind(f, scope, site);
    }
    for (const Binding& name : collected.nonlocals) nonlocal(f, scope, name);
    for (; b != kNone; b = in_.next_binding[b]) bind(f, scope, in_.bindings[b]);
    self_name(f, collected, scope);
  }

  Slot& change(NameId name) {
    Slot& slot = scratch_.slots[name.raw];
    undo_.push_back({name, slot});
    return slot;
  }

  void nonlocal(std::uint32_t f, FunctionScope& scope, const Binding& name) {
    const Slot before = scratch_.slots[name.name.raw];
    if (before.function == f) {
      sink_.emit(diag::NonlocalParameter, name.span, words_.text(name.name));
      facts_.names[name.id.raw] = {NameUse::Local, FunctionId{f}, VariableId{before.variable}};
      return;
    }
    const bool first = before.nonlocal_in != f;
    if (before.function == kNone) {
      const std::uint32_t free = free_name(name.name);
      out_.free[free].inside_function = true;
      out_.nonlocals.push_back({name.id, name.span, free});
      if (first) scope.globals.push_back(name.name);
    } else {
      facts_.names[name.id.raw] = {NameUse::Enclosing, FunctionId{before.function},
                                   VariableId{before.variable}};
      facts_.functions[before.function].variables[before.variable].captured = true;
      if (first) scope.nonlocals.push_back(name.name);
    }
    if (first) change(name.name).nonlocal_in = f;
  }

  void bind(std::uint32_t f, FunctionScope& scope, const BindingSite& site) {
    const Slot before = scratch_.slots[site.name.raw];
    if (before.function == f) {
      bind_again(f, before.variable, site);
      facts_.names[site.node.raw] = {NameUse::Local, FunctionId{f}, VariableId{before.variable}};
    } else if (before.nonlocal_in == f) {
      if (before.function == kNone) {
        bind_outside(site, true);
        return;
      }
      bind_again(before.function, before.variable, site);
      locals_[before.function][before.variable].bound_inside = true;
      facts_.functions[before.function].variables[before.variable].captured = true;
      facts_.names[site.node.raw] = {NameUse::Enclosing, FunctionId{before.function},
                                     VariableId{before.variable}};
    } else {
      const std::uint32_t variable = create(f, scope, site, before);
      facts_.names[site.node.raw] = {NameUse::Local, FunctionId{f}, VariableId{variable}};
    }
  }

  std::uint32_t create(std::uint32_t f, FunctionScope& scope, const BindingSite& site, const Slot& before) {
    const auto variable = static_cast<std::uint32_t>(scope.variables.size());
    Variable& v = scope.variables.emplace_back();
    v.name = site.name;
    v.kind = kind_of(site.kind);
    v.is_const = site.kind == BindKind::Const;
    v.hoisted = site.kind == BindKind::Function && site.direct;
    v.hides_builtin = words_.is_builtin(site.name);
    v.bindings = 1;
    v.function = site.function;
    v.first_binding = site.span;
    LocalInfo& info = locals_[f].emplace_back();
    info.first = site;
    info.type = site.type;
    info.uncallable = is_uncallable(site.type);
    info.is_function = site.kind == BindKind::Function;
    info.hides_outer = before.function != kNone;
    if (!words_.is_private(site.name)) {
      if (info.hides_outer) {
        sink_.emit(diag::ShadowsOuter, site.span, words_.text(site.name));
      } else {
        out_.locals.push_back({site.name, site.span});
      }
    }
    Slot& slot = change(site.name);
    slot.function = f;
    slot.variable = variable;
    slot.nonlocal_in = kNone;
    return variable;
  }

  void bind_again(std::uint32_t f, std::uint32_t variable, const BindingSite& site) {
    Variable& v = facts_.functions[f].variables[variable];
    LocalInfo& info = locals_[f][variable];
    if (v.is_const) sink_.emit(diag::ConstReassigned, site.span, words_.text(site.name));
    if (site.kind == BindKind::Const) v.is_const = true;
    if (site.kind == BindKind::Function) {
      if (info.is_function) sink_.emit(diag::DuplicateFunction, site.span, words_.text(site.name));
      info.is_function = true;
    }
    ++v.bindings;
    v.function = nullptr;
    info.type = ValueType::Unknown;
    info.uncallable = info.uncallable && is_uncallable(site.type);
  }

  // A module variable, bound by top-level code or through `nonlocal`.
  void bind_outside(BindingSite site, bool nested) {
    site.free = free_name(site.name);
    site.nested = nested;
    if (nested) out_.free[site.free].inside_function = true;
    out_.bindings.push_back(site);
  }

  void self_name(std::uint32_t f, const CollectedFunction& collected, FunctionScope& scope) {
    const Function& function = *collected.function;
    if (function.form != FunctionForm::FunctionExpr || !function.name.name) return;
    const Slot before = scratch_.slots[function.name.name.raw];
    if (before.function == f || before.nonlocal_in == f) return;
    const auto variable = static_cast<std::uint32_t>(scope.variables.size());
    Variable& v = scope.variables.emplace_back();
    v.name = function.name.name;
    v.kind = VariableKind::Function;
    v.hoisted = true;
    v.hides_builtin = words_.is_builtin(v.name);
    v.bindings = 1;
    v.function = &function;
    v.first_binding = function.name.span;
    LocalInfo& info = locals_[f].emplace_back();
    info.type = ValueType::Function;
    info.uncallable = false;
    info.self = true;
    Slot& slot = change(v.name);
    slot = {f, variable, kNone};
    facts_.names[function.name.id.raw] = {NameUse::Local, FunctionId{f}, VariableId{variable}};
  }

  void reference(std::uint32_t f, Reference& ref) {
    const Slot& slot = scratch_.slots[ref.name.raw];
    if (slot.function == kNone) {
      ref.free = free_name(ref.name);
      FreeName& name = out_.free[ref.free];
      name.read = true;
      name.called = name.called || ref.call;
      name.inside_function = name.inside_function || f != 0;
      out_.refs.push_back(ref);
      return;
    }
    LocalInfo& info = locals_[slot.function][slot.variable];
    ++info.reads;
    info.called = info.called || ref.call;
    Variable& v = facts_.functions[slot.function].variables[slot.variable];
    if (slot.function != f) {
      v.captured = true;
    } else if (!(ref.call && v.hides_builtin) && ref.sequence < info.first_read) {
      info.first_read = ref.sequence;
    }
    facts_.names[ref.node.raw] = {slot.function == f ? NameUse::Local : NameUse::Enclosing,
                                  FunctionId{slot.function}, VariableId{slot.variable}};
  }

  std::uint32_t free_name(NameId name) {
    std::uint32_t& index = scratch_.free[name.raw];
    if (index == kNone) {
      index = static_cast<std::uint32_t>(out_.free.size());
      out_.free.emplace_back().name = name;
    }
    return index;
  }

  void finish() {
    std::size_t total = 0;
    for (const auto& list : locals_) total += list.size();
    out_.local_info.reserve(total);
    out_.local_base.reserve(locals_.size());
    for (auto& list : locals_) {
      out_.local_base.push_back(static_cast<std::uint32_t>(out_.local_info.size()));
      out_.local_info.insert(out_.local_info.end(), list.begin(), list.end());
    }
  }

  const Words& words_;
  ItemScratch& scratch_;
  Collected& in_;
  ItemFacts& facts_;
  ItemSummary& out_;
  DiagSink& sink_;
  std::vector<Undo> undo_;
  std::vector<Open> open_;
  std::vector<std::vector<LocalInfo>> locals_;  // by function
};

}  // namespace

void resolve(const Words& words, ItemScratch& scratch, ItemFacts& facts, ItemSummary& summary,
             DiagSink& sink) {
  Resolver(words, scratch, facts, summary, sink).run();
}

}  // namespace ml::sema
