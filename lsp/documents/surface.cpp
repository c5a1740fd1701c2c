#include "lsp/documents/surface.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/syntax/tree.h"

namespace ml::lsp {
namespace {

class Bindings {
 public:
  Bindings(const Interner& names, ChunkSurface& out) : names_(names), out_(out) {}

  // `start`: of the item in the chunk.
  void item(const ast::Item& item, ByteOffset start) {
    item_ = &item;
    start_ = start;
    if (item_->stmt) statement(item_->stmt, 0);
  }

 private:
  void bind(const ast::Binding& binding, sema::VariableKind kind, const ast::Function* function = nullptr) {
    if (!binding.name || !seen_.insert(binding.name.raw).second) return;
    const std::string_view detail =
        function ? out_.details.text(parameters_of(*item_, *function)) : std::string_view();
    out_.exports.emplace_back(names_.text(binding.name), detail, binding.span.moved(start_), kind);
  }
  static const ast::Function* function_of(const ast::Expr* value) {
    return value && value->kind == ast::ExprKind::Function ? ast::as<ast::FunctionExpr>(value).function
                                                           : nullptr;
  }
  void bind(const ast::Binding& binding, const ast::Expr* value) {
    const ast::Function* function = function_of(value);
    bind(binding, function ? sema::VariableKind::Function : sema::VariableKind::Variable, function);
  }
  void block(ast::Block block, unsigned depth) {
    for (const ast::Stmt* stmt : block) statement(stmt, depth + 1);
  }
  void statement(const ast::Stmt* s, unsigned depth) {
    using namespace ast;
    using sema::VariableKind;
    if (!s || depth > syntax::kMaxDepth) return;
    switch (s->kind) {
      case StmtKind::Assign: {
        const auto& assign = as<AssignStmt>(s);
        if (assign.target->kind == ExprKind::Name)
          bind({as<NameExpr>(assign.target).name, assign.target->id, assign.target->span}, assign.value);
        break;
      }
      case StmtKind::Declare: bind(as<DeclareStmt>(s).binding, as<DeclareStmt>(s).value); break;
      case StmtKind::Unpack:
        for (const Binding& b : as<UnpackStmt>(s).names) bind(b, VariableKind::Variable);
        break;
      case StmtKind::Function: {
        const Function& f = *as<FunctionStmt>(s).function;
        bind(f.name, VariableKind::Function, &f);
        break;
      }
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches) block(branch.body, depth);
        break;
      case StmtKind::While: block(as<WhileStmt>(s).body, depth); break;
      case StmtKind::ForIn:
        bind(as<ForInStmt>(s).variable, VariableKind::Loop);
        block(as<ForInStmt>(s).body, depth);
        break;
      case StmtKind::ForC:
        statement(as<ForCStmt>(s).init, depth + 1);
        statement(as<ForCStmt>(s).step, depth + 1);
        block(as<ForCStmt>(s).body, depth);
        break;
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        block(t.body, depth);
        for (const ExceptClause& clause : t.excepts) {
          if (clause.variable.name) bind(clause.variable, VariableKind::Except);
          block(clause.body, depth);
        }
        block(t.finally_body, depth);
        break;
      }
      case StmtKind::Import: {
        const auto& import = as<ImportStmt>(s);
        if (import.alias.name || !import.path.empty())
          bind(import.alias.name ? import.alias : import.path.front(), VariableKind::Import);
        break;
      }
      default: break;
    }
  }

  const Interner& names_;
  ChunkSurface& out_;
  const ast::Item* item_ = nullptr;
  ByteOffset start_ = 0;
  std::unordered_set<std::uint32_t> seen_;
};

void add_import(const ast::ItemChunk::Entry& entry, const Interner& names, ChunkSurface& to) {
  const auto& import = ast::as<ast::ImportStmt>(entry.item->stmt);
  to.imports.emplace_back(import.dotted);
  if (import.path.empty()) return;
  const ast::Binding& bound = import.alias.name ? import.alias : import.path.front();
  to.import_lines.push_back(
      {std::string(import.dotted),
       std::string(names.text(bound.name)),
       static_cast<bool>(import.alias.name),
       {entry.start, entry.end},
       Span{import.path.front().span.begin, import.path.back().span.end}.moved(entry.start),
       bound.span.moved(entry.start)});
}

std::shared_ptr<const ChunkSurface> surface_of(const std::shared_ptr<const ast::ItemChunk>& chunk,
                                               const Interner& names) {
  auto out = std::make_shared<ChunkSurface>();
  out->chunk = chunk;
  Bindings bindings(names, *out);
  for (const ast::ItemChunk::Entry& entry : chunk->entries) {
    bindings.item(*entry.item, entry.start);
    if (entry.item->stmt && entry.item->stmt->kind == ast::StmtKind::Import) add_import(entry, names, *out);
  }
  return out;
}

// Calls `take(export, chunk)` for the first binding of every name.
template <class Take>
void each_name(const FileSurface& surface, Take&& take) {
  std::size_t most = 0;
  for (const auto& chunk : surface) most += chunk->exports.size();
  std::unordered_set<std::string_view> seen;
  seen.reserve(most);
  for (std::size_t i = 0; i < surface.size(); ++i) {
    for (const Export& e : surface[i]->exports) {
      if (seen.insert(e.name()).second) take(e, i);
    }
  }
}

}  // namespace

FileSurface surface_of(const ast::Module& module, const Interner& names, const FileSurface& before) {
  std::unordered_map<const ast::ItemChunk*, const std::shared_ptr<const ChunkSurface>*> known;
  known.reserve(before.size());
  for (const auto& chunk : before) known.emplace(chunk->chunk.get(), &chunk);
  FileSurface out;
  out.reserve(module.items.chunks().size());
  for (const auto& placed : module.items.chunks()) {
    const auto it = known.find(placed.chunk.get());
    out.push_back(it == known.end() ? surface_of(placed.chunk, names) : *it->second);
  }
  return out;
}

std::vector<Export> exports_of(const ast::Module& module, const FileSurface& surface) {
  std::vector<Export> out;
  each_name(surface, [&](const Export& e, std::size_t chunk) {
    out.push_back(e);
    out.back().span = e.span.moved(module.items.chunks()[chunk].start);
  });
  return out;
}

std::vector<std::string> exported_names(const FileSurface& surface) {
  std::vector<std::string> out;
  each_name(surface, [&](const Export& e, std::size_t) { out.emplace_back(e.name()); });
  return out;
}

std::vector<ImportLine> import_lines_of(const ast::Module& module, const FileSurface& surface) {
  std::vector<ImportLine> out;
  for (std::size_t i = 0; i < surface.size(); ++i) {
    const ByteOffset start = module.items.chunks()[i].start;
    for (ImportLine line : surface[i]->import_lines) {
      line.statement = line.statement.moved(start);
      line.path = line.path.moved(start);
      line.name = line.name.moved(start);
      out.push_back(std::move(line));
    }
  }
  return out;
}

std::string parameters_of(const ast::Item& item, const ast::Function& function) {
  std::string out = "(";
  for (const ast::Param& param : function.params) {
    if (out.size() > 1) out += ", ";
    ByteOffset end = param.binding.span.end;
    if (param.default_value) end = std::max(end, param.default_value->span.end);
    if (param.binding.span.begin <= end && end <= item.text.size())
      out += item.text.substr(param.binding.span.begin, end - param.binding.span.begin);
  }
  return out + ")";
}

}  // namespace ml::lsp
