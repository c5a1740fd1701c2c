#include "lsp/features/completion/sources.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {
namespace {

ItemKind kind_of(const sema::Variable& v) {
  if (v.function || v.kind == sema::VariableKind::Function) return ItemKind::Function;
  if (v.kind == sema::VariableKind::Import) return ItemKind::Module;
  return v.is_const ? ItemKind::Constant : ItemKind::Variable;
}

void offer_visible(const FilePtr& file, const Cursor& cursor, bool outer_only, Items& items) {
  visible_names(*file, cursor.at, [&](const VisibleName& name) {
    if (!items.fits(name.name)) return true;
    const sema::Variable& v = *name.variable;
    if (outer_only && (name.distance == 0 || v.kind == sema::VariableKind::Import)) return true;
    // The only binding of it is what is being typed: it is no name yet.
    const ByteOffset start = name.function ? file->module().items[name.item].start : 0;
    if (v.bindings <= 1 && v.first_binding.moved(start) == cursor.word) return true;
    Item item{std::string(name.name), kind_of(v)};
    item.rank = static_cast<char>('0' + std::min(name.distance, 3u) + (name.function ? 0 : 1));
    if (v.function && name.function) {
      item.detail = parameters_of(*file->module().items[name.item].item, *v.function);
    } else if (v.function) {
      if (const auto home = item_at(file->module(), v.first_binding.begin))
        item.detail = parameters_of(*file->module().items[*home].item, *v.function);
    }
    item.data = {{"uri", file->file().uri}, {"name", item.label}};
    if (name.function) item.data["at"] = cursor.at;
    const bool enough = items.full();
    items.add(std::move(item));  // one too many makes the list an incomplete one
    return !enough;
  });
}

// Words of an item that did not parse: better than nothing.
void offer_words(const FilePtr& file, const Cursor& cursor, Items& items) {
  const auto index = item_at(file->module(), cursor.at);
  if (!index || !file->module().items[*index].item->refused || cursor.prefix.size() == 0) return;
  std::size_t left = 2000;
  for (std::size_t n = 0; left-- > 0; ++n) {
    const ast::Token* t = cursor.previous(n);
    if (!t) break;
    if (t->kind != ast::TokenKind::Word || cursor.previous_is(".", n + 1)) continue;
    if (find_builtin(t->text) || !items.fits(t->text)) continue;
    if (look_up(*file, cursor.at, t->text)) continue;
    items.add({std::string(t->text), ItemKind::Text, '6'});
  }
}

void offer_builtins(Items& items) {
  const stdlib::Module* builtins = stdlib::catalogue().module("builtin");
  for (const stdlib::Entry& entry : builtins->entries) {
    if (entry.owner.empty() && items.fits(entry.name)) items.add(library_item(entry, '5'));
  }
}

// Members of a library module and the modules themselves, with the import they need.
void offer_library(const Revision& file, Items& items) {
  for (const stdlib::Module& module : stdlib::catalogue().modules()) {
    if (module.name == "builtin" || module.name.starts_with('$')) continue;
    const std::string written = imported_as(file, module.name);
    if (written.empty() && items.fits(module.name)) {
      Item item{std::string(module.name), ItemKind::Module, '7'};
      item.origin = "import";
      item.import = module.name;
      item.data = {{"module", wire::sv(module.name)}};
      items.add(std::move(item));
    }
    if (items.prefix().size() < 2) continue;
    for (const stdlib::Entry& entry : module.entries) {
      if (!entry.owner.empty() || entry.kind == stdlib::EntryKind::Class || !items.fits(entry.name)) continue;
      Item item = library_item(entry, '8');
      item.origin = module.name;
      item.insert = (written.empty() ? std::string(module.name) : written) + "." + item.label;
      if (written.empty()) item.import = module.name;
      items.add(std::move(item));
    }
  }
}

void offer_workspace(const Ask& ask, const Revision& file, Items& items) {
  if (items.prefix().size() < 2) return;
  for (const auto& facts : ask.snapshot.modules().all()) {
    if (facts->key == file.file().key) continue;
    ask.check();
    std::string dotted, written;
    for (const Export& e : facts->exports) {
      if (e.kind() != sema::VariableKind::Function || e.name().starts_with('_') || !items.fits(e.name()))
        continue;
      if (dotted.empty()) {
        dotted = ask.snapshot.modules().dotted_name(file.file(), facts->key);
        if (dotted.empty()) break;
        written = imported_as(file, dotted);
      }
      Item item{std::string(e.name()), ItemKind::Function, '7'};
      item.detail = e.detail();
      item.origin = dotted;
      item.insert = (written.empty() ? dotted : written) + "." + item.label;
      if (written.empty()) item.import = dotted;
      item.data = {{"uri", ask.snapshot.uri_of(facts->key)}, {"name", item.label}};
      items.add(std::move(item));
    }
  }
}

}  // namespace

Item library_item(const stdlib::Entry& entry, char rank) {
  using stdlib::EntryKind;
  Item item{std::string(entry.name), ItemKind::Function, rank};
  if (entry.kind == EntryKind::Method) item.kind = ItemKind::Method;
  if (entry.kind == EntryKind::Property) item.kind = ItemKind::Field;
  if (entry.kind == EntryKind::Constant) item.kind = ItemKind::Constant;
  if (entry.kind == EntryKind::Class) item.kind = ItemKind::Class;
  const std::string signature = signature_of(entry);
  if (signature.starts_with(entry.name)) item.detail = signature.substr(entry.name.size());
  item.data = {{"module", wire::sv(entry.module)}, {"name", wire::sv(entry.name)}};
  if (!entry.owner.empty()) item.data["owner"] = wire::sv(entry.owner);
  return item;
}

void offer_names(const Ask& ask, const FilePtr& file, const Cursor& cursor, const CompletionContext& context,
                 Items& items) {
  const bool outer = context.kind == CompletionContext::Kind::Outer;
  offer_visible(file, cursor, outer, items);
  if (outer) return;
  offer_words(file, cursor, items);
  offer_keywords(context, items);
  offer_builtins(items);
  if (!ask.settings().flag("completion.autoImport", true)) return;
  offer_library(*file, items);
  offer_workspace(ask, *file, items);
}

void offer_modules(const Ask& ask, const Revision& file, const CompletionContext& context, Items& items) {
  if (!context.dotted.empty()) {
    // Files below a folder, known to the index.
    for (const auto& facts : ask.snapshot.modules().all()) {
      const std::string dotted = ask.snapshot.modules().dotted_name(file.file(), facts->key);
      if (!dotted.starts_with(context.dotted) || facts->key == file.file().key) continue;
      std::string next = dotted.substr(context.dotted.size());
      next.resize(std::min(next.find('.'), next.size()));
      if (!next.empty()) items.add({next, ItemKind::Module, '1'});
    }
    return;
  }
  for (const std::string& name : ask.snapshot.modules().importable(file.file())) {
    Item item{name, ItemKind::Module, '2'};
    if (stdlib::catalogue().module(name)) {
      item.origin = "library";
      item.data = {{"module", name}};
      item.rank = '3';
    }
    items.add(std::move(item));
  }
  for (const auto& facts : ask.snapshot.modules().all()) {
    const std::string dotted = ask.snapshot.modules().dotted_name(file.file(), facts->key);
    if (dotted.find('.') != dotted.npos && facts->key != file.file().key)
      items.add({dotted, ItemKind::Module, '2'});
  }
}

void offer_types(Items& items) {
  for (const char* name :
       {"any", "array", "bool", "boolean", "float", "function", "int", "number", "object", "string"})
    items.add({name, ItemKind::TypeParameter, '1'});
}

}  // namespace ml::lsp
