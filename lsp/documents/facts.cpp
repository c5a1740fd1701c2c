#include <algorithm>
#include <map>

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

class Uses : public Visitor {
 public:
  Uses(const Revision& revision, ModuleFacts& out) : r_(revision), out_(out) {
    std::map<std::string, std::string, std::less<>> files;
    for (const Import& import : out.imports) files.emplace(import.dotted, import.file);
    const Module& module = r_.module();
    for (std::size_t i = 0; i < module.items.size(); ++i) {
      const Stmt* s = module.items[i].item->stmt;
      if (!s || s->kind != StmtKind::Import) continue;
      const auto& import = as<ImportStmt>(s);
      const auto file = files.find(import.dotted);
      if (file == files.end() || file->second.empty() || import.path.empty()) continue;
      const bool alias = static_cast<bool>(import.alias.name);
      const std::string_view written = alias ? r_.names().text(import.alias.name) : import.dotted;
      modules_.emplace(std::string(written), file->second);
      use(file->second, "", import.path.back().span.moved(module.items[i].start));
    }
  }

  void item(std::uint32_t index) {
    if (modules_.empty()) return;
    index_ = index;
    walk(*r_.module().items[index].item, *this);
  }

  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Member) return;
    const auto& member = as<MemberExpr>(&e);
    const Chain chain = chain_of(*member.object, r_.names());
    if (!chain.root) return;
    const auto& refs = r_.analysis().items[index_]->names;
    if (chain.root->id.raw >= refs.size() || refs[chain.root->id.raw].use != sema::NameUse::Module) return;
    const auto module = modules_.find(std::string(r_.names().text(chain.root->name)) +
                                      (chain.path.empty() ? "" : "." + chain.path));
    if (module == modules_.end()) return;
    use(module->second, std::string(r_.names().text(member.name)),
        member.name_span.moved(r_.module().items[index_].start));
  }

 private:
  void use(const std::string& file, std::string member, Span span) {
    out_.uses.push_back({file, std::move(member), span, r_.text().mark(span.begin)});
  }
  const Revision& r_;
  ModuleFacts& out_;
  std::map<std::string, std::string, std::less<>> modules_;  // as written in this file -> key
  std::uint32_t index_ = 0;
};

}  // namespace

ModuleFacts facts_of(const Revision& revision) {
  ModuleFacts facts;
  facts.key = revision.file().key;
  facts.path = revision.file().path;
  facts.exports = exports_of(revision.module(), revision.parsed().surface);
  if (!revision.is_open())
    for (const Export& e : facts.exports) facts.export_marks.push_back(revision.text().mark(e.span.begin));
  const Analysed& analysed = revision.analysed();
  facts.imports = analysed.imports;
  Uses uses(revision, facts);
  for (std::uint32_t i = 0; i < revision.module().items.size(); ++i) uses.item(i);
  for (const Diagnostic& d : analysed.analysis.diagnostics) {
    const auto number = static_cast<std::uint32_t>(d.code);
    if (d.severity == Severity::Error && (number < 600 || number >= 700)) facts.has_errors = true;
  }
  return facts;
}

}  // namespace ml::lsp
