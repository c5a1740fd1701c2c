// textDocument/completion and completionItem/resolve (editor-protocols.md 3.1).

#include "lsp/features/completion/context.h"
#include "lsp/features/completion/items.h"
#include "lsp/features/completion/sources.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {
namespace {

json::value completion(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  const Cursor cursor = cursor_at(*file, at);
  const CompletionContext context = context_of(cursor, *file);
  if (context.kind == CompletionContext::Kind::None) return nullptr;
  Items items(ask, *file, cursor, context);
  switch (context.kind) {
    case CompletionContext::Kind::None: break;
    case CompletionContext::Kind::Member: offer_members(ask, file, cursor, context, items); break;
    case CompletionContext::Kind::Import: offer_modules(ask, *file, context, items); break;
    case CompletionContext::Kind::Type: offer_types(items); break;
    case CompletionContext::Kind::Path: offer_paths(ask, *file, context, items); break;
    case CompletionContext::Kind::Capability: offer_capability_words(context, items); break;
    case CompletionContext::Kind::Outer:
    case CompletionContext::Kind::Name: offer_names(ask, file, cursor, context, items); break;
  }
  return items.take();
}

json::value resolve(const Ask& ask) {
  json::object item = ask.params;
  const auto* data = ask.find("/data");
  if (!data || !data->is_object()) return item;
  const auto word = [&](const char* name) -> std::string {
    const auto* value = data->get_object().if_contains(name);
    return value && value->is_string() ? std::string(wire::sv(value->get_string())) : std::string();
  };
  const bool markdown =
      ask.client().lists("textDocument.completion.completionItem.documentationFormat", "markdown");
  const auto document = [&](const std::string& text) {
    if (text.empty()) return;
    if (markdown)
      item["documentation"] = {{"kind", "markdown"}, {"value", text}};
    else
      item["documentation"] = text;
  };
  const std::string name = word("name"), module = word("module"), uri = word("uri");
  if (!module.empty()) {
    const std::string owner = word("owner");
    if (const stdlib::Entry* entry = stdlib::catalogue().find(module, owner, name)) {
      item["detail"] = signature_of(*entry);
      document(doc_of(*entry, markdown));
    } else if (const stdlib::Module* found = stdlib::catalogue().module(module)) {
      document(std::string(found->doc));
    }
  } else if (!uri.empty()) {
    const auto file = ask.snapshot.file(uri);
    const sema::Variable* v = nullptr;
    std::optional<VisibleName> local;
    if (file) {
      const auto* at = data->get_object().if_contains("at");
      const auto offset = at ? wire::integer_of(*at) : std::nullopt;
      if (offset)
        local = look_up(
            *file, static_cast<ByteOffset>(std::clamp<std::int64_t>(*offset, 0, file->text().size())), name);
      v = local ? local->variable : module_variable(*file, name);
    }
    if (v) {
      Symbol symbol;
      symbol.kind = local && local->function ? Symbol::Kind::Local : Symbol::Kind::Global;
      symbol.name = name;
      symbol.file = file->file().key;
      if (local) symbol.item = local->item, symbol.function = local->function, symbol.variable = local->id;
      const FunctionPlace place = function_of(symbol, *file, ask.snapshot.modules());
      std::string doc = place.doc;
      if (place.function) item["detail"] = "function " + signature_of(place, name).label;
      if (!place.function && symbol.kind == Symbol::Kind::Global)
        doc = doc_above(file->text(), v->first_binding.begin);
      document(markdown ? doc_as_markdown(doc) : doc_as_text(doc));
    }
  }
  const std::string import = word("import"), into = word("into");
  if (!import.empty() && !into.empty()) {
    if (const auto file = ask.snapshot.file(into))
      item["additionalTextEdits"] = json::array{import_edit(ask, *file, import)};
  }
  return item;
}

}  // namespace

void add_completion(Registry& registry) {
  registry.request("textDocument/completion", Lane::Latency, completion);
  registry.request("completionItem/resolve", Lane::Latency, resolve);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["completionProvider"] = {{"triggerCharacters", {".", ":", "\"", "'"}},
                                {"allCommitCharacters", json::array()},
                                {"resolveProvider", true},
                                {"completionItem", {{"labelDetailsSupport", true}}}};
  });
}

}  // namespace ml::lsp
