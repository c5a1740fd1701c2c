#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/sema/checks/security.h"
#include "core/sema/checks/view.h"
#include "core/sema/modules.h"
#include "core/text/nearest.h"

namespace ml::sema {

using namespace ast;

namespace {

std::string did_you_mean(const Nearest& nearest) {
  return nearest.best().empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest.best());
}

const stdlib::Entry* find(const stdlib::Module& module, std::string_view name, const View& view) {
  return view.words.library.find(module.name, "", name);
}

std::string nearest_member(const stdlib::Module& module, std::string_view word) {
  Nearest nearest(word);
  for (const stdlib::Entry& entry : module.entries) {
    if (entry.owner.empty()) nearest.offer(entry.name);
  }
  return did_you_mean(nearest);
}

// A member of a value of known type. Objects are left out: any key may be theirs.
void check_value_member(const MemberExpr& member, ValueType type, const Site& site, const View& view,
                        DiagSink& sink) {
  if (type == ValueType::Unknown || type == ValueType::Object) return;
  const std::string_view name = view.words.text(member.name);
  if (name.starts_with("__")) return;  // a matter of security, language.md 6.6
  const stdlib::Module* members = view.words.library.module(members_of(type));
  const stdlib::Entry* entry = members != nullptr ? find(*members, name, view) : nullptr;
  if (entry == nullptr) {
    if (members == nullptr && type != ValueType::Null) return;
    const std::string_view what = site.call != nullptr ? "method" : "property";
    Diagnostic& found = sink.emit(diag::UnknownMember, member.name_span, type_name(type), what, name);
    if (members != nullptr) found.hint = nearest_member(*members, name);
  } else if (site.call != nullptr && entry->kind == stdlib::EntryKind::Method) {
    check_library_arguments(*site.call, *entry, fmt::format("{}.{}", type_name(type), name), site.in_try,
                            sink);
  }
}

void check_library_member(const stdlib::Module& module, std::string_view shown, const MemberExpr& member,
                          const CallExpr* call, bool in_try, const View& view, DiagSink& sink) {
  const std::string_view name = view.words.text(member.name);
  if (name.starts_with("__")) return;  // SEC102
  if (name.starts_with('_')) {
    sink.emit(diag::LibraryPrivate, member.name_span, name);
    return;
  }
  const stdlib::Entry* entry = find(module, name, view);
  if (entry == nullptr) {
    const bool is_class = std::any_of(
        module.entries.begin(), module.entries.end(),
        [&](const stdlib::Entry& e) { return e.owner == name || (e.owner.empty() && e.name == name); });
    if (is_class) return;
    Diagnostic& found = sink.emit(diag::UnknownModuleMember, member.name_span, shown, name);
    found.severity = Severity::Warning;
    found.hint = nearest_member(module, name);
  } else {
    view.note_use(*entry, member.name_span);
    if (call == nullptr || entry->kind != stdlib::EntryKind::Function) return;
    check_library_arguments(*call, *entry, fmt::format("{}.{}", shown, name), in_try, sink);
    check_library_call(*call, *entry, view, sink);
  }
}

// Follows `a.b.c.f` through the namespaces the imports made. `path` is in source order.
void check_module_path(const ModuleTree* tree, const std::vector<const MemberExpr*>& path, const Site& site,
                       const View& view, DiagSink& sink) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const MemberExpr& member = *path[i];
    const auto child = tree->children.find(member.name.raw);
    if (child != tree->children.end()) {
      tree = child->second.get();
      continue;
    }
    const bool last = i + 1 == path.size();
    const std::string_view name = view.words.text(member.name);
    if (!tree->is_known() || name.starts_with("__") || (last && site.assigned)) return;
    if (tree->module != nullptr && tree->module->library != nullptr) {
      check_library_member(*tree->module->library, tree->dotted, member, last ? site.call : nullptr,
                           site.in_try, view, sink);
    } else if (tree->module == nullptr || !tree->module->exports.contains(member.name.raw)) {
      Diagnostic& found = sink.emit(diag::UnknownModuleMember, member.name_span, tree->dotted, name);
      Nearest nearest(name);
      // Sorted, so that the choice among equals does not depend on the tables.
      std::vector<std::string_view> names;
      if (tree->module != nullptr) {
        names.assign(tree->module->names.begin(), tree->module->names.end());
      }
      for (const auto& entry : tree->children) names.push_back(view.words.text(NameId{entry.first}));
      std::sort(names.begin(), names.end());
      for (const std::string_view candidate : names) nearest.offer(candidate);
      found.hint = did_you_mean(nearest);
    } else if (name.starts_with('_')) {
      sink.emit(diag::PrivateMember, member.name_span, name, tree->dotted);
    }
    return;
  }
}

}  // namespace

void check_members(const Site& site, const View& view, DiagSink& sink) {
  std::vector<const MemberExpr*> path;
  const Expr* e = static_cast<const Expr*>(site.node);
  for (; e->kind == ExprKind::Member; e = as<MemberExpr>(e).object) {
    path.push_back(&as<MemberExpr>(e));
    if (!path.back()->name) return;
  }
  std::reverse(path.begin(), path.end());
  // Only the first member is one of the root; a call belongs to the last.
  Site first = site;
  if (path.size() > 1) first.call = nullptr, first.assigned = false;
  if (e->kind != ExprKind::Name) {
    check_value_member(*path.front(), literal_type(e), first, view, sink);
    return;
  }
  const NameFacts name = view.name(e);
  if (name.module != nullptr) {
    check_module_path(name.module, path, site, view, sink);
  } else if (name.use == NameUse::Builtin && view.words.entry(as<NameExpr>(e).name) == nullptr) {
    if (view.words.builtins == nullptr || first.assigned) return;
    check_library_member(*view.words.builtins, "builtin", *path.front(), first.call, site.in_try, view, sink);
  } else if (name.use != NameUse::Builtin) {
    check_value_member(*path.front(), name.type, first, view, sink);
  }
}

}  // namespace ml::sema
