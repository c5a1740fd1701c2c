#include "lsp/features/rename/conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/ast/tokens.h"
#include "lsp/semantics/cursor.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

struct NamedNode {
  NodeId id;
  Span span;  // in the item
};

// Uses of one name in an item, whatever they lead to; patterns that take properties by their names.
class Uses : public Visitor {
 public:
  explicit Uses(NameId name) : name_(name) {}
  std::vector<NamedNode> uses;
  std::vector<Span> taken_by_name;
  void on_binding(const Binding& b, Role) override {
    if (name_ && b.name == name_) uses.push_back({b.id, b.span});
  }
  void on_expression(const Expr& e) override {
    if (name_ && e.kind == ExprKind::Name && as<NameExpr>(&e).name == name_) uses.push_back({e.id, e.span});
  }
  void on_statement(const Stmt& s) override {
    if (s.kind != StmtKind::Unpack || !as<UnpackStmt>(&s).is_object) return;
    for (const Binding& b : as<UnpackStmt>(&s).names) taken_by_name.push_back(b.span);
  }

 private:
  const NameId name_;
};

bool has(const std::vector<sema::Variable>& variables, NameId name) {
  return std::any_of(variables.begin(), variables.end(), [&](const auto& v) { return v.name == name; });
}

}  // namespace

std::string invalid_name(std::string_view name) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_word_byte) ||
      (name.front() >= '0' && name.front() <= '9'))
    return fmt::format("'{}' is not a name: letters, digits and _, beginning with a letter or _", name);
  if (ast::is_reserved(name)) return fmt::format("'{}' is a keyword", name);
  if (name.starts_with("__")) return fmt::format("'{}': names that begin with __ are reserved", name);
  if (find_builtin(name)) return fmt::format("'{}' is a built-in function", name);
  return {};
}

std::string conflict(const Revision& file, const Symbol& symbol, const std::vector<Occurrence>& occurrences,
                     std::string_view name) {
  const Module& module = file.module();
  const NameId id = file.names().find(name);
  const auto line = [&](ByteOffset at) { return file.text().line_of(at) + 1; };
  const bool local = symbol.kind == Symbol::Kind::Local;
  if (id && local && has(file.analysis().items[symbol.item]->functions[symbol.function.raw].variables, id))
    return fmt::format("'{}' is a variable of the same function already", name);
  if (id && !local && symbol.file == file.file().key && module_variable(file, name))
    return fmt::format("'{}' is a variable of the module already", name);

  std::set<std::uint32_t> items;
  for (const Occurrence& o : occurrences) {
    const auto item = item_at(module, o.span.begin);
    if (!item) continue;
    if (items.insert(*item).second) {
      Uses patterns(NameId::none());
      walk(*module.items[*item].item, patterns);
      for (const Span span : patterns.taken_by_name) {
        for (const Occurrence& other : occurrences) {
          if (other.span == span.moved(module.items[*item].start))
            return fmt::format("'{}' is also the name of the property taken in line {}", symbol.name,
                               line(other.span.begin));
        }
      }
    }
    if (!id || symbol.file != file.file().key) continue;
    // A function between the variable and its use that has the new name itself.
    const auto& functions = file.analysis().items[*item]->functions;
    for (const std::uint32_t f : functions_around(file, *item, o.span.begin)) {
      if (local && f <= symbol.function.raw) continue;
      if (has(functions[f].variables, id))
        return fmt::format("'{}' in line {} would mean another variable", name, line(o.span.begin));
    }
  }
  if (!id || symbol.file != file.file().key) return {};
  // Uses of the new name that lead past the variable would lead to it.
  std::string found;
  for_items_with(file, name, [&](std::uint32_t item) {
    if (!found.empty() || (local && item != symbol.item)) return;
    Uses uses(id);
    walk(*module.items[item].item, uses);
    const auto& facts = *file.analysis().items[item];
    for (const NamedNode& use : uses.uses) {
      const sema::NameRef ref = use.id.raw < facts.names.size() ? facts.names[use.id.raw] : sema::NameRef{};
      bool caught = ref.use == sema::NameUse::Unknown || ref.use == sema::NameUse::Builtin;
      if (local) {
        const Function* owner = facts.functions[symbol.function.raw].function;
        caught = owner && owner->span.begin <= use.span.begin && use.span.end <= owner->span.end &&
                 (ref.use > sema::NameUse::Enclosing || ref.owner.raw < symbol.function.raw);
      }
      if (caught)
        found = fmt::format("'{}' in line {} would mean this variable", name,
                            line(use.span.begin + module.items[item].start));
    }
  });
  return found;
}

}  // namespace ml::lsp
