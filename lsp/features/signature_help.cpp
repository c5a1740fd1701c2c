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

// A function of several forms: the short one is the label of the entry, the long one has all parameters.
std::vector<Signature> forms_of(const stdlib::Entry& entry) {
  Signature brief = signature_parts(entry);
  if (brief.parameters.size() >= entry.params.size()) return {std::move(brief)};
  const auto open = brief.label.find('('), close = brief.label.find(')');
  if (brief.parameters.empty() && close != brief.label.npos && close > open + 1 &&
      brief.label.substr(0, close).find(',') == brief.label.npos)
    brief.parameters.push_back({static_cast<ByteOffset>(open + 1), static_cast<ByteOffset>(close)});
  Signature all{std::string(entry.name) + "(", {}, {}, brief.doc};
  for (const stdlib::Param& p : entry.params) {
    if (!all.parameters.empty()) all.label += ", ";
    const auto begin = static_cast<ByteOffset>(all.label.size());
    all.label += p.name;
    if (!p.type.empty()) all.label += ": " + std::string(p.type);
    if (!p.default_value.empty()) all.label += " = " + std::string(p.default_value);
    all.parameters.push_back({begin, static_cast<ByteOffset>(all.label.size())});
    all.docs.emplace_back(p.doc);
  }
  all.label += ")" + (close == brief.label.npos ? std::string() : brief.label.substr(close + 1));
  return {std::move(brief), std::move(all)};
}

// What is called, by its name; empty when that is not known.
std::vector<Signature> signatures_of(const Ask& ask, const std::shared_ptr<const Revision>& file,
                                     const Cursor& cursor, const OpenCall& call, ByteOffset at) {
  const auto found = symbol_at(*file, call.callee->span.begin);
  std::optional<Symbol> symbol;
  if (found && found->span == call.callee->span) symbol = found->symbol;
  if (!symbol || symbol->kind == Symbol::Kind::Unknown) {
    const bool member = call.paren >= 2 && cursor.tokens[call.paren - 2].text == ".";
    if (!member) symbol = symbol_by_name(*file, at, call.callee->text);
  }
  if (!symbol) return {};
  const FunctionPlace place = function_of(*symbol, *file, ask.snapshot.modules());
  if (place.function) return {signature_of(place, symbol->name)};
  if (symbol->kind == Symbol::Kind::Field && found && found->expression) {
    if (auto own = field_signature(ask, file, *found)) return {*std::move(own)};
  }
  return symbol->entry ? forms_of(*symbol->entry) : std::vector<Signature>();
}

// The file as it is when the calls around the cursor are closed: before that, they are no expressions.
std::shared_ptr<const Revision> closed(const std::shared_ptr<const Revision>& file, ByteOffset at,
                                       std::size_t depth) {
  auto text = std::make_shared<DocumentText>(file->text().copy());
  text->replace({at, at}, std::string(depth, ')'));
  return std::make_shared<const Revision>(file->shared_file(), std::move(text), file->version(),
                                          file->modules(), file->is_open());
}

json::value signature_help(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  const Cursor cursor = cursor_at(*file, at);
  OpenCall call;
  if (!find_open_call(cursor, call)) return nullptr;
  if (!is_word_byte(call.callee->text.empty() ? ' ' : call.callee->text.front())) return nullptr;
  std::vector<Signature> found = signatures_of(ask, file, cursor, call, at);
  constexpr std::size_t kDeepest = 3;
  for (std::size_t depth = 1; found.empty() && depth <= kDeepest && file->parsed().has_syntax_errors;
       ++depth) {
    ask.check();
    found = signatures_of(ask, closed(file, at, depth), cursor, call, at);
  }
  if (found.empty()) return nullptr;
  // The first form that takes so many.
  std::size_t chosen = 0;
  while (chosen + 1 < found.size() && call.commas >= found[chosen].parameters.size()) ++chosen;
  json::array signatures;
  for (const Signature& one : found) signatures.push_back(to_json(one, call.commas, ask));
  std::size_t active = call.commas;
  if (found[chosen].variadic && !found[chosen].parameters.empty())
    active = std::min(active, found[chosen].parameters.size() - 1);
  return json::object{
      {"signatures", std::move(signatures)}, {"activeSignature", chosen}, {"activeParameter", active}};
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
