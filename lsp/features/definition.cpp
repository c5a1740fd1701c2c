// textDocument/definition, declaration, typeDefinition, implementation.

#include "lsp/features/registry.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// Collects places and writes them as the client reads them.
class Places {
 public:
  Places(const Ask& ask, std::string_view feature, const Revision& from, Span origin)
      : ask_(ask),
        links_(ask.client().can("textDocument." + std::string(feature) + ".linkSupport")),
        from_(from),
        origin_(origin) {}

  void add(const std::string& file, Span span) {
    const auto revision = file == from_.file().key ? nullptr : ask_.snapshot.file_of_key(file);
    if (file == from_.file().key || revision)
      add(ask_.snapshot.uri_of(file), ask_.range(revision ? *revision : from_, span));
  }
  void add(const std::string& uri, json::object range) {
    json::object one = links_ ? json::object{{"originSelectionRange", ask_.range(from_, origin_)},
                                             {"targetUri", uri},
                                             {"targetRange", range},
                                             {"targetSelectionRange", range}}
                              : json::object{{"uri", uri}, {"range", range}};
    for (const auto& other : out_) {
      if (other == json::value(one)) return;
    }
    out_.push_back(std::move(one));
  }
  json::value take() {
    if (out_.empty()) return nullptr;
    return std::move(out_);
  }
  bool empty() const { return out_.empty(); }

 private:
  const Ask& ask_;
  const bool links_;
  const Revision& from_;
  const Span origin_;
  json::array out_;
};

void add_library(Places& places, const Symbol& symbol) {
  const std::string module = symbol.entry ? std::string(symbol.entry->module) : symbol.module_name;
  if (module.empty()) return;
  const std::uint32_t line = symbol.entry ? library_line(*symbol.entry) : 0;
  places.add(library_uri(module), to_json(Range{{line, 0}, {line, 0}}));
}

json::value definition_as(const Ask& ask, std::string_view feature) {
  const auto file = ask.document();
  const auto at = symbol_at(*file, ask.offset(*file));
  if (!at) {
    // The path of an import leads to its file.
    const ByteOffset offset = ask.offset(*file);
    for (const ImportLine& line : file->parsed().import_lines) {
      if (offset < line.path.begin || offset > line.path.end) continue;
      Places places(ask, feature, *file, line.path);
      const Import* import = import_named(*file, line.dotted);
      if (import && !import->file.empty())
        places.add(import->file, {0, 0});
      else if (stdlib::catalogue().module(line.dotted))
        places.add(library_uri(line.dotted), to_json(Range{}));
      return places.take();
    }
    return nullptr;
  }
  Places places(ask, feature, *file, at->span);
  // The name of a library module leads to the module, like that of a file.
  if (at->symbol.variable_kind == sema::VariableKind::Import && at->symbol.module_file.empty() &&
      stdlib::catalogue().module(at->symbol.module_name))
    add_library(places, at->symbol);
  if (!places.empty()) return places.take();
  for (const Place& place : definitions_of(*at, *file, ask.snapshot.modules()))
    places.add(place.file, place.span);
  if (places.empty()) add_library(places, at->symbol);
  return places.take();
}

json::value definition(const Ask& ask) { return definition_as(ask, "definition"); }

json::value declaration(const Ask& ask) {
  const auto file = ask.document();
  const auto at = symbol_at(*file, ask.offset(*file));
  if (at && at->symbol.kind == Symbol::Kind::Global &&
      at->symbol.variable_kind == sema::VariableKind::Import && at->symbol.file == file->file().key) {
    for (const ImportLine& line : file->parsed().import_lines) {
      if (line.bound != at->symbol.name) continue;
      Places places(ask, "declaration", *file, at->span);
      places.add(file->file().key, line.name);
      return places.take();
    }
  }
  return definition_as(ask, "declaration");
}

// The expression whose value the name under the cursor is: bindings have none of their own.
struct Asked {
  std::optional<SymbolAt> at;
  std::vector<Origin> origins;
};
Asked asked(const Ask& ask, const std::shared_ptr<const Revision>& file) {
  Asked out;
  out.at = symbol_at(*file, ask.offset(*file));
  if (!out.at) return out;
  const Expr* e = out.at->expression;
  std::uint32_t item = out.at->item;
  if (!e && out.at->binds) {
    // A binding: any use of the variable will do, the first value is what it is bound to.
    const NameExpr name{{ExprKind::Name, out.at->node, out.at->span}, {}};
    out.origins = origins_of(file, item, &name, ask.snapshot.modules());
    return out;
  }
  if (e) out.origins = origins_of(file, item, e, ask.snapshot.modules());
  return out;
}

json::value type_definition(const Ask& ask) {
  const auto file = ask.document();
  const Asked found = asked(ask, file);
  if (!found.at) return nullptr;
  Places places(ask, "typeDefinition", *file, found.at->span);
  for (const Origin& o : found.origins) {
    if (o.made->kind == ExprKind::Object)
      places.add(o.revision->file().key, o.made->span.moved(o.revision->module().items[o.item].start));
  }
  return places.take();
}

json::value implementation(const Ask& ask) {
  const auto file = ask.document();
  const Asked found = asked(ask, file);
  if (!found.at) return nullptr;
  Places places(ask, "implementation", *file, found.at->span);
  if (found.at->symbol.kind == Symbol::Kind::Field) {
    const auto& member = as<MemberExpr>(found.at->expression);
    for (const ObjectField& f :
         fields_of(origins_of(file, found.at->item, member.object, ask.snapshot.modules()))) {
      if (f.name != found.at->symbol.name) continue;
      const Function* function = nullptr;
      if (f.value->kind == ExprKind::Function) function = as<FunctionExpr>(f.value).function;
      if (function)
        places.add(f.revision->file().key, f.span);
      else if (f.value->kind == ExprKind::Name)
        if (const auto name =
                symbol_at(*f.revision, f.value->span.begin + f.revision->module().items[f.item].start))
          for (const Place& p : definitions_of(*name, *f.revision, ask.snapshot.modules()))
            places.add(p.file, p.span);
    }
  } else if (found.at->symbol.variable_kind != sema::VariableKind::Import) {
    for (const Place& p : definitions_of(*found.at, *file, ask.snapshot.modules()))
      places.add(p.file, p.span);
  }
  return places.take();
}

}  // namespace

void add_definition(Registry& registry) {
  registry.request("textDocument/definition", Lane::Latency, definition);
  registry.request("textDocument/declaration", Lane::Latency, declaration);
  registry.request("textDocument/typeDefinition", Lane::Latency, type_definition);
  registry.request("textDocument/implementation", Lane::Latency, implementation);
  registry.advertise([](json::object& to, const ClientInfo&) {
    for (const char* name :
         {"definitionProvider", "declarationProvider", "typeDefinitionProvider", "implementationProvider"})
      to[name] = true;
  });
}

}  // namespace ml::lsp
