#include <algorithm>

#include "lsp/features/completion/sources.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/types.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// The expression that ends at the offset: of those that do, the one that is the object of a member, else the
// outermost.
const Expr* expression_before(const Revision& file, ByteOffset end, std::uint32_t& item) {
  struct Find : Visitor {
    void on_expression(const Expr& e) override {
      if (e.kind == ExprKind::Member && as<MemberExpr>(&e).name_span.begin > end &&
          as<MemberExpr>(&e).object->span.end <= end && (!dotted || e.span.size() < dotted->span.size()))
        if (touches(*as<MemberExpr>(&e).object)) dotted = &e;
      if (e.span.end == end && (!found || e.span.begin < found->span.begin)) found = &e;
    }
    // Parentheses belong to no expression.
    bool touches(const Expr& e) const {
      return e.span.end == end || text.substr(e.span.end, end - e.span.end).find_first_not_of(") \t\r\n") ==
                                      std::string_view::npos;
    }
    ByteOffset end = 0;
    std::string_view text;
    const Expr* found = nullptr;
    const Expr* dotted = nullptr;
  } find;
  const auto index = item_at(file.module(), end > 0 ? end - 1 : 0);
  if (!index) return nullptr;
  item = *index;
  const PlacedItem placed = file.module().items[item];
  find.end = end - placed.start;
  find.text = placed.item->text;
  walk(*placed.item, find);
  return find.dotted ? as<MemberExpr>(find.dotted).object : find.found;
}

// The file as it is when the member has a name: before that, what holds it is no statement.
FilePtr with_member(const FilePtr& file, ByteOffset at) {
  auto text = std::make_shared<DocumentText>(file->text().copy());
  text->replace({at, at}, "x");
  return std::make_shared<const Revision>(file->shared_file(), std::move(text), file->version(),
                                          file->modules(), file->is_open());
}

const stdlib::Entry* entry_called(const Origin& o) {
  if (o.made->kind != ExprKind::Call) return nullptr;
  const Expr* callee = as<CallExpr>(o.made).callee;
  if (callee->kind == ExprKind::Name)
    return find_builtin(o.revision->names().text(as<NameExpr>(callee).name));
  if (callee->kind != ExprKind::Member) return nullptr;
  const std::string_view name = o.revision->names().text(as<MemberExpr>(callee).name);
  const std::string_view module = module_of(*o.revision, o.item, as<MemberExpr>(callee).object);
  return module.empty() ? find_member(0, name) : find_library_member(module, name);
}

emit::Types types_of(const Origin& o) {
  switch (o.made->kind) {
    case ExprKind::Number: return emit::kNumber;
    case ExprKind::String:
    case ExprKind::Template: return emit::kString;
    case ExprKind::Bool: return emit::kBool;
    case ExprKind::Array: return emit::kArray;
    case ExprKind::Object: return emit::kObject;
    case ExprKind::Function: return emit::kFunction;
    case ExprKind::Null: return emit::kNull;
    case ExprKind::Call:
      if (const stdlib::Entry* entry = entry_called(o)) return emit::types_of_catalogue(entry->returns);
      return 0;
    default: return 0;
  }
}

void offer_module(const Ask& ask, const Revision& file, std::string_view module, Items& items) {
  if (const stdlib::Module* library = stdlib::catalogue().module(module)) {
    for (const stdlib::Entry& entry : library->entries) {
      if (entry.owner.empty() && entry.kind != stdlib::EntryKind::Class) items.add(library_item(entry, '1'));
    }
    return;
  }
  const Import* import = import_named(file, module);
  if (!import || import->file.empty()) return;
  const auto add = [&](std::span<const Export> exports) {
    for (const Export& e : exports) {
      if (e.kind() == sema::VariableKind::Import || !items.fits(e.name())) continue;
      Item item{std::string(e.name()),
                e.kind() == sema::VariableKind::Function ? ItemKind::Function : ItemKind::Variable};
      item.rank = e.name().starts_with('_') ? '9' : '1';
      item.detail = e.detail();
      item.data = {{"uri", ask.snapshot.uri_of(import->file)}, {"name", item.label}};
      items.add(std::move(item));
    }
  };
  // An open module as it is now, saved or not.
  if (const auto open = ask.snapshot.open().find(import->file); open != ask.snapshot.open().end())
    add(exports_of(open->second->module(), open->second->parsed().surface));
  else if (const auto facts = ask.snapshot.modules().find(import->file))
    add(facts->exports);
}

// `tools.` where `tools.geo` is imported.
void offer_submodules(const Revision& file, std::string_view written, Items& items) {
  const std::string prefix = std::string(written) + ".";
  for (const ImportLine& line : file.parsed().import_lines) {
    if (line.has_alias || !line.dotted.starts_with(prefix)) continue;
    std::string next = line.dotted.substr(prefix.size());
    next.resize(std::min(next.find('.'), next.size()));
    items.add({next, ItemKind::Module, '1'});
  }
}

struct Postfix {
  std::string_view name, before, after, detail;
};
constexpr Postfix kPostfix[] = {
    {"if", "if (", ") {\n\t$0\n}", "if (expr)"},
    {"not", "!(", ")$0", "!(expr)"},
    {"for", "for (${1:item} in ", ") {\n\t$0\n}", "for each element"},
    {"while", "while (", ") {\n\t$0\n}", "while (expr)"},
    {"print", "print(", ");$0", "print(expr)"},
    {"return", "return ", ";$0", "return expr"},
    {"let", "${1:name} = ", ";$0", "give it a name"},
};

void offer_postfix(const Revision& file, const Cursor& cursor, const CompletionContext& context,
                   const Expr& object, std::uint32_t item, Items& items) {
  if (!items.snippets()) return;
  const Span span = object.span.moved(file.module().items[item].start);
  // Only where the expression is the whole statement up to here, on one line.
  const auto& tokens = cursor.tokens;
  const auto first = std::find_if(tokens.begin(), tokens.end(),
                                  [&](const ast::Token& t) { return t.span.begin >= span.begin; });
  if (first == tokens.end() || first->span.begin != span.begin) return;
  const bool starts = first == tokens.begin() || first->newline_before || (first - 1)->text == ";" ||
                      (first - 1)->text == "{" || (first - 1)->text == "}";
  if (!starts || file.text().line_of(span.begin) != file.text().line_of(cursor.at)) return;
  std::string source;
  for (const char c : file.text().text().substr(span.begin, context.dot - span.begin)) {
    if (c == '$' || c == '}' || c == '\\') source += '\\';
    source += c;
  }
  for (const Postfix& p : kPostfix) {
    if (!items.fits(p.name)) continue;
    Item out{std::string(p.name), ItemKind::Snippet, '9'};
    out.insert = std::string(p.before) + source + std::string(p.after);
    out.snippet = true;
    out.origin = p.detail;
    out.replaced = Span{span.begin, cursor.word.end};
    out.filter = std::string(file.text().text().substr(span.begin, context.dot + 1 - span.begin)) + out.label;
    items.add(std::move(out));
  }
}

}  // namespace

void offer_members(const Ask& ask, const FilePtr& given, const Cursor& cursor,
                   const CompletionContext& context, Items& items) {
  FilePtr file = given;
  std::uint32_t item = 0;
  ByteOffset end = context.dot;
  while (end > 0 && std::string_view(" \t\r\n").find(file->text().text()[end - 1]) != std::string_view::npos)
    --end;
  const Expr* object = expression_before(*file, end, item);
  if (!object && cursor.word.size() == 0) {
    file = with_member(given, cursor.at);
    object = expression_before(*file, end, item);
  }
  if (!object) return;
  std::string written;
  for (const Expr* e = object;; e = as<MemberExpr>(e).object) {
    if (e->kind == ExprKind::Name) written.insert(0, file->names().text(as<NameExpr>(e).name));
    if (e->kind != ExprKind::Member) break;
    written.insert(0, file->names().text(as<MemberExpr>(e).name)).insert(0, ".");
  }
  if (const std::string_view module = module_of(*file, item, object); !module.empty())
    return offer_module(ask, *file, module, items);
  offer_submodules(*file, written, items);
  if (written == "builtin") offer_module(ask, *file, "builtin", items);

  const std::vector<Origin> origins = origins_of(file, item, object, ask.snapshot.modules());
  for (const ObjectField& f : fields_of(origins)) {
    if (!std::all_of(f.name.begin(), f.name.end(), is_word_byte) || f.name.empty()) continue;
    Item field{f.name, f.value->kind == ExprKind::Function ? ItemKind::Method : ItemKind::Field, '1'};
    if (f.value->kind == ExprKind::Function)
      field.detail =
          parameters_of(*f.revision->module().items[f.item].item, *as<FunctionExpr>(f.value).function);
    items.add(std::move(field));
  }
  emit::Types types = 0;
  bool unknown = origins.empty();
  for (const Origin& o : origins) {
    const stdlib::Entry* made_by = entry_called(o);
    if (made_by) {
      for (const stdlib::Entry* entry : members_of_result(*made_by)) items.add(library_item(*entry, '1'));
      if (!members_of_result(*made_by).empty()) continue;
    }
    const emit::Types one = types_of(o);
    if (one == 0 || one == emit::kAnyType) unknown = true;
    types |= one;
  }
  // What cannot be seen nearby is asked of the inference. It looks at the whole file, which takes too long
  // for a keystroke in a very long one.
  constexpr ByteOffset kLongest = 128 << 10;
  if (unknown && file->text().size() <= kLongest) {
    types = file->types().of(item, object);
    for (const TypeFacts::Field& f : file->types().fields(item, object))
      items.add({f.name, ItemKind::Field, '1'});
  }
  if (types == emit::kAnyType) types = 0;
  // Values that may be null are asked for their other members.
  if (types & ~emit::kNull) types &= static_cast<emit::Types>(~emit::kNull);
  if (types != 0 || items.size() == 0) {
    for (const stdlib::Entry* entry : members_of(types)) items.add(library_item(*entry, types ? '2' : '4'));
  }
  offer_postfix(*file, cursor, context, *object, item, items);
}

}  // namespace ml::lsp
