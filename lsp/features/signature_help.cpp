// textDocument/signatureHelp: the innermost call around the cursor, also when its parenthesis is open.

#include "lsp/features/registry.h"
#include "lsp/semantics/cursor.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {
namespace {

json::object to_json(const Signature& signature, std::size_t active, const Ask& ask) {
  const bool offsets = ask.client().can(
      "textDocument.signatureHelp.signatureInformation.parameterInformation.labelOffsetSupport");
  const bool markdown =
      ask.client().lists("textDocument.signatureHelp.signatureInformation.documentationFormat", "markdown");
  const std::string_view label = signature.label;
  json::array parameters;
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    const Span span = signature.parameters[i];
    json::object one;
    if (offsets)
      one["label"] = {DocumentText::units(label.substr(0, span.begin), ask.client().encoding),
                      DocumentText::units(label.substr(0, span.end), ask.client().encoding)};
    else
      one["label"] = wire::sv(label.substr(span.begin, span.size()));
    if (i < signature.docs.size() && !signature.docs[i].empty()) one["documentation"] = signature.docs[i];
    parameters.push_back(std::move(one));
  }
  if (signature.variadic && !signature.parameters.empty())
    active = std::min(active, signature.parameters.size() - 1);
  json::object out{{"label", signature.label}, {"parameters", std::move(parameters)}};
  if (!signature.doc.empty()) {
    if (markdown)
      out["documentation"] = {{"kind", "markdown"}, {"value", doc_as_markdown(signature.doc)}};
    else
      out["documentation"] = signature.doc;
  }
  if (ask.client().can("textDocument.signatureHelp.signatureInformation.activeParameterSupport"))
    out["activeParameter"] = active;
  return out;
}

// Functions the broken text left no symbol for are found by name.
std::optional<Symbol> symbol_by_name(const Revision& file, ByteOffset at, std::string_view name) {
  Symbol symbol;
  symbol.name = name;
  symbol.file = file.file().key;
  if (const auto visible = look_up(file, at, name)) {
    symbol.kind = visible->function ? Symbol::Kind::Local : Symbol::Kind::Global;
    symbol.item = visible->item;
    symbol.function = visible->function;
    symbol.variable = visible->id;
    return symbol;
  }
  if (const stdlib::Entry* entry = find_builtin(name)) {
    symbol.kind = Symbol::Kind::Builtin;
    symbol.entry = entry;
    return symbol;
  }
  return std::nullopt;
}

// Of the function an object literal has under that key.
std::optional<Signature> field_signature(const Ask& ask, const std::shared_ptr<const Revision>& file,
                                         const SymbolAt& at) {
  const auto& member = ast::as<ast::MemberExpr>(at.expression);
  for (const ObjectField& f : fields_of(origins_of(file, at.item, member.object, ask.snapshot.modules()))) {
    if (f.name != at.symbol.name || f.value->kind != ast::ExprKind::Function) continue;
    return signature_of({f.revision, f.item, ast::as<ast::FunctionExpr>(f.value).function, f.span,
                         doc_above(f.revision->text(), f.span.begin)},
                        at.symbol.name);
  }
  return std::nullopt;
}

json::value signature_help(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  const Cursor cursor = cursor_at(*file, at);
  OpenCall call;
  if (!find_open_call(cursor, call)) return nullptr;
  std::optional<Signature> signature;
  if (is_word_byte(call.callee->text.empty() ? ' ' : call.callee->text.front())) {
    const auto found = symbol_at(*file, call.callee->span.begin);
    std::optional<Symbol> symbol;
    if (found && found->span == call.callee->span) symbol = found->symbol;
    if (!symbol || symbol->kind == Symbol::Kind::Unknown) {
      const bool member = call.paren >= 2 && cursor.tokens[call.paren - 2].text == ".";
      if (!member) symbol = symbol_by_name(*file, at, call.callee->text);
    }
    if (symbol) {
      const FunctionPlace place = function_of(*symbol, *file, ask.snapshot.modules());
      if (place.function) signature = signature_of(place, symbol->name);
      if (!signature && symbol->kind == Symbol::Kind::Field && found && found->expression)
        signature = field_signature(ask, file, *found);
      if (!signature && symbol->entry) signature = signature_parts(*symbol->entry);
    }
  }
  if (!signature) return nullptr;
  json::array signatures;
  signatures.push_back(to_json(*signature, call.commas, ask));
  std::size_t active = call.commas;
  if (signature->variadic && !signature->parameters.empty())
    active = std::min(active, signature->parameters.size() - 1);
  return json::object{
      {"signatures", std::move(signatures)}, {"activeSignature", 0}, {"activeParameter", active}};
}

}  // namespace

void add_signature_help(Registry& registry) {
  registry.request("textDocument/signatureHelp", Lane::Latency, signature_help);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["signatureHelpProvider"] = {{"triggerCharacters", {"(", ","}},
                                   {"retriggerCharacters", json::array{")"}}};
  });
}

}  // namespace ml::lsp
