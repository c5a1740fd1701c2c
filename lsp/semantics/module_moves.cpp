#include "lsp/semantics/module_moves.h"

#include <algorithm>

#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// Spans of the expressions of an item that stand for a module.
class ModuleNames : public Visitor {
 public:
  ModuleNames(const Revision& r, std::uint32_t item, std::string_view dotted)
      : r_(r), item_(item), dotted_(dotted) {}
  std::vector<Span> found;
  void on_expression(const Expr& e) override {
    if ((e.kind == ExprKind::Name || e.kind == ExprKind::Member) && module_of(r_, item_, &e) == dotted_)
      found.push_back(e.span.moved(r_.module().items[item_].start));
  }

 private:
  const Revision& r_;
  const std::uint32_t item_;
  const std::string_view dotted_;
};

const std::string& moved(const Moves& moves, const std::string& key) {
  const auto it = moves.find(key);
  return it == moves.end() ? key : it->second;
}

void edit_import(const Revision& r, const ImportLine& line, const std::string& dotted,
                 std::vector<NamedEdit>& out) {
  if (line.has_alias) return out.push_back({line.path, dotted});
  const std::string root = dotted.substr(0, dotted.find('.'));
  const sema::Variable* taken = root == line.bound ? nullptr : module_variable(r, root);
  // A name the file has already: the import keeps its old one.
  if (taken && taken->kind != sema::VariableKind::Import && line.dotted.find('.') == line.dotted.npos)
    return out.push_back({line.path, dotted + " as " + line.bound});
  out.push_back({line.path, dotted});
  for_items_with(r, line.bound, [&](std::uint32_t item) {
    ModuleNames names(r, item, line.dotted);
    walk(*r.module().items[item].item, names);
    for (const Span span : names.found) out.push_back({span, dotted});
  });
}

}  // namespace

std::map<std::string, std::vector<NamedEdit>> edits_for_moves(const Moves& moves, ModuleStore& modules,
                                                              const wire::StopFlag& stop) {
  std::map<std::string, std::vector<NamedEdit>> out;
  for (const auto& facts : modules.all()) {
    stop.check();
    const bool itself = moves.contains(facts->key);
    const bool concerned = itself || std::any_of(facts->imports.begin(), facts->imports.end(),
                                                 [&](const Import& i) { return moves.contains(i.file); });
    if (!concerned) continue;
    const auto revision = modules.revision(facts->key);
    if (!revision) continue;
    const std::string& to = moved(moves, facts->key);
    const File importer(to, revision->file().uri, revision->file().path.empty() ? std::string() : to);
    std::vector<NamedEdit> edits;
    revision->analysed();
    for (const ImportLine& line : revision->parsed().import_lines) {
      const Import* import = import_named(*revision, line.dotted);
      if (!import || import->file.empty()) continue;
      const auto ways = modules.dotted_names(importer, moved(moves, import->file));
      if (ways.empty() || std::find(ways.begin(), ways.end(), line.dotted) != ways.end()) continue;
      edit_import(*revision, line, ways.front(), edits);
    }
    std::sort(edits.begin(), edits.end(),
              [](const NamedEdit& a, const NamedEdit& b) { return a.span.begin < b.span.begin; });
    if (!edits.empty()) out.emplace(facts->key, std::move(edits));
  }
  return out;
}

}  // namespace ml::lsp
