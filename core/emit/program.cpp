#include "core/emit/program.h"

#include <algorithm>

#include "core/emit/literal.h"

namespace ml::emit {

using namespace ast;

Program::Program(const ast::Module& module_, const sema::Analysis& analysis_, const Interner& names_,
                 const stdlib::Catalogue& library_, const EmitOptions& options_)
    : module(module_), analysis(analysis_), names(names_), library(library_), options(options_) {
  std::uint32_t nodes = 0, functions = 0;
  variable_count_ = static_cast<std::uint32_t>(analysis.module_variables.size());
  for (const sema::Variable& v : analysis.module_variables) variables_.push_back(&v);
  const std::size_t count = module.items.size();
  items_.reserve(count);
  node_base_.reserve(count + 1);
  function_base_.reserve(count + 1);
  auto facts = analysis.items.begin();
  for (const ast::PlacedItem& placed : module.items) {
    const ast::Item& item = *placed.item;
    items_.push_back({item.stmt, (*facts).get(), placed.start, item.stmt->kind});
    ++facts;
    node_base_.push_back(nodes);
    function_base_.push_back(functions);
    nodes += item.node_count;
    for (const sema::FunctionScope& scope : items_.back().facts->functions) {
      scopes_.push_back(&scope);
      variable_base_.push_back(variable_count_);
      for (const sema::Variable& v : scope.variables) variables_.push_back(&v);
      variable_count_ += static_cast<std::uint32_t>(scope.variables.size());
      ++functions;
    }
  }
  node_base_.push_back(nodes);
  function_base_.push_back(functions);
  find_refs();
  find_words();
  find_imports();
  find_hoisted();
}

void Program::find_refs() {
  refs_.resize(node_count());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const std::vector<sema::NameRef>& uses = items_[i].facts->names;
    const std::uint32_t* const variables = variable_base_.data() + function_base_[i];
    Ref* to = refs_.data() + node_base_[i];
    for (std::size_t n = 0; n < std::min<std::size_t>(uses.size(), node_base_[i + 1] - node_base_[i]); ++n) {
      const sema::NameRef& use = uses[n];
      to[n].use = use.use;
      if (!use.variable) continue;
      if (use.use == sema::NameUse::Module)
        to[n].cell = use.variable.raw;
      else if (use.use <= sema::NameUse::Enclosing && use.owner)
        to[n].cell = variables[use.owner.raw] + use.variable.raw;
    }
  }
}

void Program::find_words() {
  words_.reserve(names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const std::string_view word = names.text(NameId{i});
    words_.push_back(is_python_keyword(word) || word.starts_with("__") ? kReserved : 0);
  }
  for (const stdlib::Module& part : library.modules()) {
    if (!part.name.starts_with('$') && part.name != "builtin") continue;
    for (const stdlib::Entry& entry : part.entries) {
      const NameId word = names.find(entry.name);
      if (!word) continue;
      if (library.is_member_name(entry.name)) words_[word.raw] |= kMemberName;
      if (library.is_builtin(entry.name)) words_[word.raw] |= kBuiltin;
    }
  }
}

void Program::find_imports() {
  imported_.resize(module_variable_count());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind != StmtKind::Import) continue;
    const auto& import = as<ImportStmt>(items_[i].stmt);
    const bool whole = import.alias.name || import.path.size() == 1;
    if (!import.alias.name) dotted_.push_back(import.dotted);
    const CellId root = cell(i, import.alias.name ? import.alias.id : import.path.front().id);
    if (root == kNone) continue;
    ImportedName& at = imported_[root];
    if (at.imports++ == 0)
      at.whole = whole ? import.dotted : std::string_view{};
    else if (!whole || at.whole != import.dotted)
      at.same = false;
  }
}

void Program::find_hoisted() {
  hoisted_.resize(items_.size());
  std::vector<bool> bound(module_variable_count());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind != StmtKind::Function) continue;
    const CellId name = cell(i, as<FunctionStmt>(items_[i].stmt).function->name.id);
    if (name == kNone || !variable(name).hoisted || bound[name]) continue;
    hoisted_[i] = bound[name] = true;
  }
}

std::string_view Program::module_named(std::uint32_t item, const Expr* e) const {
  const Expr* root = e;
  while (root->kind == ExprKind::Member) root = as<MemberExpr>(root).object;
  if (root->kind != ExprKind::Name) return {};
  const Ref& use = ref(item, root->id);
  if (use.use != sema::NameUse::Module || use.cell == kNone) return {};
  const ImportedName& at = imported_[use.cell];
  if (!at.imports || at.imports != variable(use.cell).bindings) return {};
  if (root == e) return at.same ? at.whole : std::string_view{};
  if (at.same && !at.whole.empty() && at.whole != names.text(as<NameExpr>(root).name)) return {};  // an alias
  std::string dotted;
  for (const Expr* part = e; part != root; part = as<MemberExpr>(part).object) {
    dotted.insert(0, names.text(as<MemberExpr>(part).name)).insert(0, ".");
  }
  dotted.insert(0, names.text(as<NameExpr>(root).name));
  const auto it = std::ranges::find(dotted_, dotted);
  return it == dotted_.end() ? std::string_view{} : *it;
}

}  // namespace ml::emit
