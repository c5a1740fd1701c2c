// textDocument/prepareRename and textDocument/rename.

#include <fmt/format.h>

#include <filesystem>

#include "lsp/documents/uri.h"
#include "lsp/features/registry.h"
#include "lsp/features/rename/conflicts.h"
#include "lsp/features/rename/workspace_edit.h"
#include "lsp/profile/profiles.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/module_moves.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

using FilePtr = std::shared_ptr<const Revision>;

// The import that binds the symbol without an alias: its name is the name of a file.
const ImportLine* module_import(const Symbol& s, const Revision& file) {
  if (s.kind != Symbol::Kind::Global || s.variable_kind != sema::VariableKind::Import ||
      s.file != file.file().key)
    return nullptr;
  for (const ImportLine& line : file.parsed().import_lines) {
    if (line.bound == s.name && !line.has_alias) return &line;
  }
  return nullptr;
}

// The literals a field certainly belongs to; empty: not known.
std::vector<Origin> shape_of(const FilePtr& file, std::uint32_t item, const ast::Expr* object,
                             std::string_view field, ModuleStore& modules) {
  std::vector<Origin> out;
  for (const Origin& o : origins_of(file, item, object, modules)) {
    if (o.made->kind != ast::ExprKind::Object || o.revision != file) continue;
    for (const ast::Property& p : ast::as<ast::ObjectExpr>(o.made).properties) {
      if (p.key == field) out.push_back(o);
    }
  }
  return out;
}

// Why the symbol cannot be renamed, or empty.
std::string refusal(const SymbolAt& at, const FilePtr& file, ModuleStore& modules) {
  const Symbol& s = at.symbol;
  switch (s.kind) {
    case Symbol::Kind::Builtin: return fmt::format("'{}' is a built-in function", s.name);
    case Symbol::Kind::Library: return fmt::format("'{}' belongs to the standard library", s.name);
    case Symbol::Kind::Unknown: return fmt::format("nobody binds '{}'", s.name);
    case Symbol::Kind::Field: {
      const bool member = at.expression && at.expression->kind == ast::ExprKind::Member;
      if (member &&
          !shape_of(file, at.item, ast::as<ast::MemberExpr>(at.expression).object, s.name, modules).empty())
        return {};
      if (s.entry) return fmt::format("'{}' belongs to the language", s.name);
      return fmt::format("it is not known which objects have '{}'", s.name);
    }
    default: break;
  }
  if (const ImportLine* line = module_import(s, *file)) {
    const Import* import = import_named(*file, line->dotted);
    if (!import || import->file.empty())
      return fmt::format("'{}' is a module of the standard library", s.name);
    if (line->dotted.find('.') != line->dotted.npos) return fmt::format("'{}' is a folder", s.name);
  }
  return {};
}

json::value prepare(const Ask& ask) {
  const auto file = ask.document();
  const auto at = symbol_at(*file, ask.offset(*file));
  if (!at || !refusal(*at, file, ask.snapshot.modules()).empty()) return nullptr;
  return json::object{{"range", ask.range(*file, at->span)}, {"placeholder", at->symbol.name}};
}

[[noreturn]] void refuse(std::string why) { throw Refusal{wire::code::RequestFailed, std::move(why)}; }

json::value rename_module(const Ask& ask, const std::string& key, const std::string& name) {
  namespace fs = std::filesystem;
  WorkspaceEdit edit(ask);
  if (!edit.can_rename_files())
    refuse("the module's name is that of its file, which this editor cannot rename");
  fs::path path(key);
  fs::path to = path.filename() == "__init__.ml" ? path.parent_path().parent_path() / name / "__init__.ml"
                                                 : path.parent_path() / (name + ".ml");
  std::error_code failed;
  if (fs::exists(to, failed)) refuse(to.filename().string() + " exists already");
  for (const auto& [file, edits] : edits_for_moves({{key, to.string()}}, ask.snapshot.modules(), ask.stop)) {
    const auto revision = ask.snapshot.file_of_key(file);
    for (const NamedEdit& e : edits) {
      if (revision) edit.replace(*revision, e.span, e.text);
    }
  }
  edit.rename_file(ask.snapshot.uri_of(key), uri_of_path(to));
  return edit.take();
}

json::value rename_field(const Ask& ask, const SymbolAt& at, const FilePtr& file, const std::string& name) {
  ModuleStore& modules = ask.snapshot.modules();
  const std::string& field = at.symbol.name;
  const auto shape = shape_of(file, at.item, ast::as<ast::MemberExpr>(at.expression).object, field, modules);
  const auto is_one = [&](const ast::Expr* e) {
    return std::any_of(shape.begin(), shape.end(), [&](const Origin& o) { return o.made == e; });
  };
  WorkspaceEdit edit(ask);
  for (const Occurrence& o : occurrences_in(*file, at.symbol)) {
    ask.check();
    const auto found = symbol_at(*file, o.span.begin);
    if (found && found->span == o.span && found->expression &&
        found->expression->kind == ast::ExprKind::Member) {
      const auto origins =
          origins_of(file, found->item, ast::as<ast::MemberExpr>(found->expression).object, modules);
      const bool same =
          std::any_of(origins.begin(), origins.end(), [&](const Origin& x) { return is_one(x.made); });
      if (same || origins.empty()) edit.replace(*file, o.span, name, !same);
      continue;
    }
    for (const Origin& one : shape) {
      for (const ast::Property& p : ast::as<ast::ObjectExpr>(one.made).properties) {
        if (p.key == name) refuse(fmt::format("the object has a field '{}' already", name));
        if (p.key_span.moved(file->module().items[one.item].start) == o.span)
          edit.replace(*file, o.span, name);
      }
    }
  }
  return edit.take();
}

json::value rename(const Ask& ask) {
  const auto file = ask.document();
  const std::string name = ask.text("/newName");
  const auto at = symbol_at(*file, ask.offset(*file));
  ModuleStore& modules = ask.snapshot.modules();
  if (!at) refuse("there is no name here");
  if (std::string why = refusal(*at, file, modules); !why.empty()) refuse(std::move(why));
  const bool is_field = at->symbol.kind == Symbol::Kind::Field;
  if (std::string why = invalid_name(name); !why.empty() && !(is_field && why.find("built-in") != why.npos))
    refuse(std::move(why));
  if (name == at->symbol.name) return WorkspaceEdit(ask).take();
  if (is_field) return rename_field(ask, *at, file, name);
  if (module_import(at->symbol, *file)) {
    const Import* import = import_named(*file, module_import(at->symbol, *file)->dotted);
    return rename_module(ask, import->file, name);
  }
  WorkspaceEdit edit(ask);
  for (const FileOccurrences& found : references_to(at->symbol, *file, modules, ask.stop)) {
    const auto revision = found.file == file->file().key ? file : ask.snapshot.file_of_key(found.file);
    if (!revision) continue;
    if (std::string why = conflict(*revision, at->symbol, found.occurrences, name); !why.empty())
      refuse(std::move(why));
    for (const Occurrence& o : found.occurrences) edit.replace(*revision, o.span, name);
  }
  // What was measured under the old name is known under the new one.
  if (function_of(at->symbol, *file, modules).function)
    profiles_of(ask.snapshot)->matches->renamed(name, at->symbol.name);
  return edit.take();
}

}  // namespace

void add_rename(Registry& registry) {
  registry.request("textDocument/prepareRename", Lane::Latency, prepare);
  registry.request("textDocument/rename", Lane::Workspace, rename);
  registry.advertise([](json::object& to, const ClientInfo& client) {
    if (client.can("textDocument.rename.prepareSupport"))
      to["renameProvider"] = {{"prepareProvider", true}};
    else
      to["renameProvider"] = true;
  });
}

}  // namespace ml::lsp
