// refactor.move: a function of the top level goes into a module of its own, beside the file.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lsp/documents/uri.h"
#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

using namespace ast;
namespace fs = std::filesystem;

class Mover {
 public:
  Mover(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    const auto at = symbol_at(s_.file, s_.range.begin);
    if (!at || !at->binds || at->symbol.kind != Symbol::Kind::Global || s_.file.file().path.empty()) return;
    const PlacedItem placed = s_.file.module().items[at->item];
    const Stmt* s = placed.item->stmt;
    if (!s || s->kind != StmtKind::Function ||
        as<FunctionStmt>(s).function->name.span.moved(placed.start) != at->span)
      return;
    const std::string& name = at->symbol.name;
    const fs::path target = fs::path(s_.file.file().path).parent_path() / (name + ".ml");
    const auto& modules = s_.file.modules();
    const std::vector<std::string> taken = modules.importable(s_.file.file());
    if (std::find(taken.begin(), taken.end(), name) != taken.end() || s_.is_used_elsewhere(name)) return;
    if (!find_imports(at->item)) return;

    Action action{fmt::format("Move '{}' to a new file", name), "refactor.move", {}, false, false, nullptr};
    const Span whole = s_.whole_lines({commented(placed.start), placed.end});
    action.changes.push_back({whole, ""});
    for (const Occurrence& use : occurrences_in(s_.file, at->symbol)) {
      if (placed.start <= use.span.begin && use.span.end <= placed.end) continue;
      if (use.write) return;  // it is not always that function
      action.changes.push_back({use.span, name + "." + name});
    }
    if (action.changes.size() > 1) {
      Insertion import = import_insertion(s_.file, name);
      // The first statement may be the one that goes.
      if (whole.begin < import.at && import.at < whole.end) import.at = whole.begin;
      if (import.at == whole.begin)
        action.changes.front().text = import.text;
      else
        action.changes.push_back({{import.at, import.at}, import.text});
    }
    action.new_file = uri_of_path(target);
    for (const std::string& line : imports_) action.new_text += line + "\n";
    if (!imports_.empty()) action.new_text += "\n";
    action.new_text += s_.text(Span{commented(placed.start), placed.end});
    action.new_text += "\n";
    out_.push_back(std::move(action));
  }

 private:
  // The comment lines directly above belong to the function.
  ByteOffset commented(ByteOffset begin) const {
    const DocumentText& text = s_.file.text();
    std::uint32_t line = text.line_of(begin);
    if (text.line_start(line) != begin) return begin;
    while (line > 0 && text.line_text(line - 1).starts_with("//")) --line;
    return text.line_start(line);
  }

  // The imports that the function needs. False: it needs something else of this module, too.
  bool find_imports(std::uint32_t item) {
    const sema::Analysis& analysis = s_.file.analysis();
    std::set<std::string_view> names;
    for (const sema::NameRef& ref : analysis.items[item]->names) {
      if (ref.use == sema::NameUse::Host) return false;
      if (ref.use != sema::NameUse::Module || !ref.variable) continue;
      const sema::Variable* v = variable_of(analysis, item, ref);
      if (!v) return false;
      const PlacedItem placed = s_.file.module().items[item];
      if (v->kind == sema::VariableKind::Import && v->bindings == 1)
        names.insert(s_.names().text(v->name));
      else if (v->first_binding.begin < placed.start || v->first_binding.begin >= placed.end)
        return false;
    }
    for (const ImportLine& line : s_.file.parsed().import_lines)
      if (names.contains(line.bound)) imports_.emplace_back(s_.text(line.statement));
    return true;
  }

  const Scene& s_;
  std::vector<Action>& out_;
  std::vector<std::string> imports_;
};

}  // namespace

void add_moves(const Scene& scene, std::vector<Action>& out) {
  const ClientInfo& client = scene.ask.client();
  if (!client.can("workspace.workspaceEdit.documentChanges") ||
      !client.lists("workspace.workspaceEdit.resourceOperations", "create") ||
      scene.file.parsed().has_syntax_errors)
    return;
  Mover(scene, out).run();
}

}  // namespace ml::lsp
