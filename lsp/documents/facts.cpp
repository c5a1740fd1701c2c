#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include "lsp/documents/modules.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// `a.b.c` as written, or empty when the root is no plain name.
struct Chain {
  const NameExpr* root = nullptr;
  std::string path;  // of the members: "b.c"
};
Chain chain_of(const Expr& e, const Interner& names) {
  Chain chain;
  const Expr* at = &e;
  for (; at->kind == ExprKind::Member; at = as<MemberExpr>(at).object) {
    const std::string_view name = names.text(as<MemberExpr>(at).name);
    chain.path = chain.path.empty() ? std::string(name) : std::string(name) + "." + chain.path;
  }
  if (at->kind == ExprKind::Name) chain.root = &as<NameExpr>(at);
  return chain;
}

// Finds what a file uses of the modules it imports.
class Uses : public Visitor {
 public:
  struct Use {
    std::string_view file;
    std::string_view member;
    Span span;
  };

  // `analysis`: null: as far as it can be told without (`sure`).
  Uses(const Revision& revision, std::span<const Import> imports, const sema::Analysis* analysis)
      : r_(revision), analysis_(analysis) {
    const Module& module = r_.module();
    for (std::size_t i = 0; i < module.items.size(); ++i) {
      const Stmt* s = module.items[i].item->stmt;
      if (!s || s->kind != StmtKind::Import) continue;
      const auto& import = as<ImportStmt>(s);
      const auto known = std::ranges::find(imports, import.dotted, &Import::dotted);
      if (known == imports.end() || known->file.empty() || import.path.empty()) continue;
      const Binding& bound = import.alias.name ? import.alias : import.path.front();
      roots_.push_back(bound.name);
      modules_.emplace(import.alias.name ? r_.names().text(import.alias.name) : import.dotted, known->file);
      found.push_back({known->file, {}, import.path.back().span.moved(module.items[i].start)});
    }
    for (std::uint32_t i = 0; !modules_.empty() && i < module.items.size(); ++i) {
      if (!mentions(module.items[i].item->text)) continue;
      index_ = i;
      walk(*module.items[i].item, *this);
    }
  }

  std::vector<Use> found;
  bool sure = true;  // no function binds the name of a module, so that it means the module everywhere

  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Member) return;
    const auto& member = as<MemberExpr>(&e);
    const Chain chain = chain_of(*member.object, r_.names());
    if (!chain.root) return;
    if (analysis_) {
      const auto& refs = analysis_->items[index_]->names;
      if (chain.root->id.raw >= refs.size() || refs[chain.root->id.raw].use != sema::NameUse::Module) return;
    } else if (std::ranges::find(roots_, chain.root->name) == roots_.end()) {
      return;
    }
    std::string written(r_.names().text(chain.root->name));
    if (!chain.path.empty()) written += "." + chain.path;
    if (const auto module = modules_.find(written); module != modules_.end())
      found.push_back({module->second, r_.names().text(member.name),
                       member.name_span.moved(r_.module().items[index_].start)});
  }
  void on_binding(const Binding& binding, Role role) override {
    // The name of a function expression is bound inside of it.
    const bool inside = depth_ > 0 || role == Role::Function;
    if (inside && std::ranges::find(roots_, binding.name) != roots_.end()) sure = false;
  }
  void enter_function(const Function&) override { ++depth_; }
  void leave_function(const Function&) override { --depth_; }

 private:
  bool mentions(std::string_view text) const {
    return std::ranges::any_of(
        roots_, [&](NameId root) { return text.find(r_.names().text(root)) != std::string_view::npos; });
  }

  const Revision& r_;
  const sema::Analysis* analysis_;
  std::vector<NameId> roots_;  // first names of what is written for modules
  std::map<std::string, std::string_view, std::less<>> modules_;  // as written in this file -> key
  std::uint32_t index_ = 0;
  unsigned depth_ = 0;
};

ModuleFacts facts_with(const Revision& revision, std::span<const Import> imports, const Uses& uses) {
  const std::vector<Export> exports = exports_of(revision.module(), revision.parsed().surface);
  std::vector<Mark> marks;
  if (!revision.is_open())
    for (const Export& e : exports) marks.push_back(revision.text().mark(e.span.begin));
  std::vector<KnownImport> known;
  for (const Import& import : imports) known.push_back({import.dotted, import.file, import.kind});
  std::vector<ModuleUse> found;
  for (const Uses::Use& use : uses.found)
    found.push_back({use.file, use.member, use.span, revision.text().mark(use.span.begin)});
  return packed(revision.file().key, revision.file().path, exports, marks, known, found);
}

}  // namespace

ModuleFacts packed(std::string key, std::string path, std::span<const Export> exports,
                   std::span<const Mark> export_marks, std::span<const KnownImport> imports,
                   std::span<const ModuleUse> uses) {
  ModuleFacts out;
  out.key = std::move(key);
  out.path = std::move(path);
  // Files are named often and stand in the list of imports once.
  std::size_t bytes = exports.size_bytes() + export_marks.size_bytes() + imports.size_bytes() +
                      uses.size_bytes() + 4 * alignof(std::max_align_t);
  for (const Export& e : exports) bytes += e.name().size() + e.detail().size();
  for (const KnownImport& i : imports) bytes += i.dotted.size() + i.file.size();
  for (const ModuleUse& u : uses) bytes += u.member.size();
  out.memory = Arena(bytes);
  Arena& memory = out.memory;
  const auto copied_exports = memory.list(exports);
  out.export_marks = memory.list(export_marks);
  const auto copied_imports = memory.list(imports);
  const auto copied_uses = memory.list(uses);
  for (Export& e : copied_exports)
    e = Export(memory.text(e.name()), memory.text(e.detail()), e.span, e.kind());
  for (KnownImport& i : copied_imports) {
    i.dotted = memory.text(i.dotted);
    i.file = memory.text(i.file);
  }
  for (ModuleUse& u : copied_uses) {
    const auto import = std::ranges::find(copied_imports, u.file, &KnownImport::file);
    u.file = import != copied_imports.end() ? import->file : memory.text(u.file);
    u.member = memory.text(u.member);
  }
  out.exports = copied_exports;
  out.imports = copied_imports;
  out.uses = copied_uses;
  return out;
}

ModuleFacts packed(const ModuleFacts& facts) {
  ModuleFacts out =
      packed(facts.key, facts.path, facts.exports, facts.export_marks, facts.imports, facts.uses);
  out.stamp = facts.stamp;
  out.errors = facts.errors;
  return out;
}

ModuleFacts facts_of(const Revision& revision) {
  const Analysed& analysed = revision.analysed();
  ModuleFacts facts =
      facts_with(revision, analysed.imports, Uses(revision, analysed.imports, &analysed.analysis));
  facts.errors = has_own_errors(analysed.analysis) ? ModuleFacts::Errors::Some : ModuleFacts::Errors::None;
  return facts;
}

ModuleFacts quick_facts_of(const Revision& revision) {
  const std::vector<Import> imports = revision.imports_alone();
  const auto facts_by = [&](const sema::Analysis* analysis) {
    const Uses uses(revision, imports, analysis);
    return uses.sure || analysis ? std::optional(facts_with(revision, imports, uses)) : std::nullopt;
  };
  const auto facts_by_analysis = [&] {
    const Analysed analysed = revision.analysed_alone();
    return *facts_by(&analysed.analysis);
  };
  auto quick = facts_by(nullptr);
  ModuleFacts facts = quick ? *std::move(quick) : facts_by_analysis();
  if (revision.parsed().has_syntax_errors) facts.errors = ModuleFacts::Errors::Some;
  return facts;
}

bool has_own_errors(const sema::Analysis& analysis) {
  return std::ranges::any_of(analysis.diagnostics, [](const Diagnostic& d) {
    const auto number = static_cast<std::uint32_t>(d.code);
    return d.severity == Severity::Error && (number < 600 || number >= 700);
  });
}

}  // namespace ml::lsp
