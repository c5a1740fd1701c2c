// textDocument/hover (editor-protocols.md 3.6).

#include <charconv>

#include "core/diag/catalogue.h"
#include "core/text/utf8.h"
#include "lsp/features/diagnostic/docs.h"
#include "lsp/features/hover/keywords.h"
#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/cursor.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/types.h"

#include <fmt/format.h>

namespace ml::lsp {
namespace {

using namespace ast;

constexpr std::size_t kMost = 4096, kMostFields = 8;
// Inference looks at the whole file: in longer ones a hover does without.
constexpr ByteOffset kLongestInferred = 1 << 20;

// The parts of a hover, one below the other.
class Card {
 public:
  explicit Card(bool markdown) : markdown_(markdown) {}
  bool markdown() const { return markdown_; }
  void code(std::string_view text) {
    add(markdown_ ? "```ml\n" + std::string(text) + "\n```" : std::string(text));
  }
  void add(std::string_view part) {
    if (part.empty()) return;
    if (!text_.empty()) text_ += "\n\n";
    text_ += part;
  }
  bool empty() const { return text_.empty(); }
  std::string take() {
    if (text_.size() <= kMost) return std::move(text_);
    std::size_t end = kMost - 3;
    while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) --end;
    return text_.substr(0, end) + "…";
  }

 private:
  const bool markdown_;
  std::string text_;
};

std::string name_of_file(const std::string& key) { return key.substr(key.rfind('/') + 1); }

std::string where(const std::string& key, const Revision& revision, ByteOffset at) {
  return fmt::format("Defined in {}:{}", name_of_file(key), revision.text().line_of(at) + 1);
}

const char* word_for(sema::VariableKind kind, bool local) {
  switch (kind) {
    case sema::VariableKind::Parameter: return "(parameter) ";
    case sema::VariableKind::Loop: return "(loop variable) ";
    case sema::VariableKind::Except: return "(caught error) ";
    default: return local ? "(local) " : "(variable) ";
  }
}

class Hover {
 public:
  Hover(const Ask& ask, std::shared_ptr<const Revision> file, Card& card)
      : ask_(ask), file_(std::move(file)), card_(card) {}

  void symbol(const SymbolAt& at) {
    const Symbol& s = at.symbol;
    if (s.variable_kind == sema::VariableKind::Import && s.kind == Symbol::Kind::Global) return import(s);
    const FunctionPlace place = lsp::function_of(s, *file_, ask_.snapshot.modules());
    if (place.function) return function(s, place);
    switch (s.kind) {
      case Symbol::Kind::Local:
      case Symbol::Kind::Global: return variable(at);
      case Symbol::Kind::Builtin:
      case Symbol::Kind::Library:
        if (s.entry) library(*s.entry);
        return;
      case Symbol::Kind::Field: return field(at);
      case Symbol::Kind::Unknown: return;
    }
  }
  bool has_costs() const { return has_costs_; }

 private:
  void import(const Symbol& s) {
    card_.code("import " + s.module_name);
    if (const stdlib::Module* module = stdlib::catalogue().module(s.module_name))
      return card_.add(module->doc);
    if (s.module_file.empty()) return;
    card_.add("Module " + name_of_file(s.module_file));
    if (const auto other = ask_.snapshot.file_of_key(s.module_file)) {
      // The comment at the top of the file is the module's.
      std::uint32_t line = 0;
      while (line < other->text().line_count() && other->text().line_text(line).starts_with("//")) ++line;
      if (line > 0 && line < other->text().line_count())
        doc(doc_above(other->text(), other->text().line_start(line)));
    }
  }
  void function(const Symbol& s, const FunctionPlace& place) {
    const emit::Types result = place.revision->text().size() > kLongestInferred
                                   ? emit::Types{0}
                                   : place.revision->types().result(place.item, *place.function);
    const std::string type = describe_types(result);
    card_.code("function " + lsp::signature_of(place, s.name).label + (type == "any" ? "" : " -> " + type));
    card_.add(where(place.revision->file().key, *place.revision, place.name.begin));
    doc(place.doc);
    const ByteOffset begin = place.function->span.begin + place.revision->module().items[place.item].start;
    const std::string costs = hover_costs(ask_, *place.revision, begin, card_.markdown());
    has_costs_ = !costs.empty();
    card_.add(costs);
  }
  void variable(const SymbolAt& at) {
    const Symbol& s = at.symbol;
    const bool here = s.file == file_->file().key;
    const auto home = here ? file_ : ask_.snapshot.file_of_key(s.file);
    if (!home) return;
    Span bound;
    bool constant = false;
    emit::Types types = 0;
    if (s.kind == Symbol::Kind::Local) {
      const auto& v = home->analysis().items[s.item]->functions[s.function.raw].variables[s.variable.raw];
      bound = v.first_binding.moved(home->module().items[s.item].start);
      constant = v.is_const;
    } else if (const sema::Variable* v = module_variable(*home, s.name)) {
      bound = v->first_binding;
      constant = v->is_const;
    }
    if (here && at.node && file_->text().size() <= kLongestInferred)
      types = file_->types().of_variable(at.item, at.node);
    card_.code((constant ? "(constant) " : word_for(s.variable_kind, s.kind == Symbol::Kind::Local)) +
               s.name + ": " + describe_types(types));
    card_.add(where(s.file, *home, bound.begin));
    if (here) {
      const NameExpr name{{ExprKind::Name, at.node, {}}, {}};
      shape(at.item, at.expression ? at.expression : &name);
    }
    const std::string above = doc_above(home->text(), bound.begin);
    if (s.variable_kind == sema::VariableKind::Parameter)
      card_.add(doc_of_parameter(above, s.name));  // what stands above is about the function
    else
      doc(above);
  }
  void field(const SymbolAt& at) {
    const auto& member = as<MemberExpr>(at.expression);
    const auto fields = fields_of(origins_of(file_, at.item, member.object, ask_.snapshot.modules()));
    for (const ObjectField& f : fields) {
      if (f.name != at.symbol.name) continue;
      std::string type = describe_types(f.revision->types().of(f.item, f.value));
      if (f.value->kind == ExprKind::Function)
        card_.code(lsp::signature_of({f.revision, f.item, as<FunctionExpr>(f.value).function, {}, {}}, f.name)
                       .label);
      else
        card_.code("(field) " + f.name + ": " + type);
      card_.add(where(f.revision->file().key, *f.revision, f.span.begin));
      shape(at.item, at.expression);
      return doc(doc_above(f.revision->text(), f.span.begin));
    }
    if (at.symbol.entry) return library(*at.symbol.entry);
    // A member of what the library gave.
    for (const Origin& o : origins_of(file_, at.item, member.object, ask_.snapshot.modules())) {
      const stdlib::Entry* maker = entry_called(o);
      if (!maker) continue;
      for (const stdlib::Entry* e : members_of_result(*maker)) {
        if (e->name == at.symbol.name) return library(*e);
      }
    }
    card_.code("(field) " + at.symbol.name + ": " +
               describe_types(file_->types().of(at.item, at.expression)));
  }
  static const stdlib::Entry* entry_called(const Origin& o) {
    if (o.made->kind != ExprKind::Call) return nullptr;
    const Expr* callee = as<CallExpr>(o.made).callee;
    const Span span = callee->kind == ExprKind::Member ? as<MemberExpr>(callee).name_span : callee->span;
    const auto at = symbol_at(*o.revision, span.begin + o.revision->module().items[o.item].start);
    return at ? at->symbol.entry : nullptr;
  }
  void library(const stdlib::Entry& entry) {
    std::string label = lsp::signature_of(entry);
    const std::string_view module = title_of_module(entry.module);
    if (entry.module != "builtin" && !label.starts_with(module)) label = std::string(module) + "." + label;
    card_.code(label);
    card_.add(doc_of(entry, card_.markdown()));
  }
  // The fields of an object, at most eight.
  void shape(std::uint32_t item, const Expr* e) {
    const auto fields = fields_of(origins_of(file_, item, e, ask_.snapshot.modules()));
    std::vector<std::pair<std::string, std::string>> rows;
    for (const ObjectField& f : fields) {
      if (std::any_of(rows.begin(), rows.end(), [&](const auto& r) { return r.first == f.name; })) continue;
      if (rows.size() < kMostFields + 1)
        rows.emplace_back(f.name, f.value->kind == ExprKind::Function
                                      ? std::string("function")
                                      : describe_types(f.revision->types().of(f.item, f.value)));
    }
    if (rows.empty()) return;
    std::string text = "{";
    for (std::size_t i = 0; i < rows.size() && i < kMostFields; ++i)
      text += (i ? ", " : "") + rows[i].first + ": " + rows[i].second;
    card_.code(text + (rows.size() > kMostFields ? ", …}" : "}"));
  }
  void doc(const std::string& text) {
    card_.add(card_.markdown() ? doc_as_markdown(text) : doc_as_text(text));
  }

  const Ask& ask_;
  const std::shared_ptr<const Revision> file_;
  Card& card_;
  bool has_costs_ = false;
};

void literal(const Expr& e, Card& card) {
  if (e.kind == ExprKind::Number && !as<NumberExpr>(&e).is_float) {
    std::string_view text = as<NumberExpr>(&e).text;
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size()) return card.code("number");
    card.code(fmt::format("{} = 0x{:X} = 0b{:b}", value, value, value));
  } else if (e.kind == ExprKind::Number) {
    card.code("number (float)");
  } else if (e.kind == ExprKind::String) {
    const std::size_t length = count_points(as<StringExpr>(&e).value);
    card.code(fmt::format("string of {} character{}", length, length == 1 ? "" : "s"));
  }
}

json::value hover(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  Card card(ask.client().lists("textDocument.hover.contentFormat", "markdown"));
  Span span;
  bool has_costs = false;
  if (const auto found = symbol_at(*file, at)) {
    span = found->span;
    Hover maker(ask, file, card);
    maker.symbol(*found);
    has_costs = maker.has_costs();
  } else {
    const Cursor cursor = cursor_at(*file, at);
    if (cursor.where == Cursor::Where::Comment) return nullptr;
    const std::string_view word = file->text().text().substr(cursor.word.begin, cursor.word.size());
    std::uint32_t item = 0;
    if (const Keyword* keyword = cursor.where == Cursor::Where::Code ? find_keyword(word) : nullptr) {
      span = cursor.word;
      card.add(keyword->sentence);
      card.code(keyword->example);
    } else if (const Expr* e = expression_at(*file, at, item)) {
      span = e->span.moved(file->module().items[item].start);
      literal(*e, card);
    }
  }
  if (!has_costs) {
    const std::string line = hover_line(ask, *file, at);
    if (card.empty() && !line.empty()) span = file->text().line_span(file->text().line_of(at));
    card.add(line);
  }
  for (const Diagnostic& d : file->analysis().diagnostics) {
    if (d.span.begin > at) break;
    if (at >= d.span.end || d.span.size() > 200) continue;
    if (card.empty()) span = d.span;
    const std::string page = docs_link(d.code);
    card.add(card.markdown() && !page.empty() ? fmt::format("[{}]({})", code_name(d.code), page)
                                              : code_name(d.code) + ": " + docs_page(d.code));
    break;
  }
  if (card.empty()) return nullptr;
  const char* kind = card.markdown() ? "markdown" : "plaintext";
  return json::object{{"contents", {{"kind", kind}, {"value", card.take()}}},
                      {"range", ask.range(*file, span)}};
}

}  // namespace

void add_hover(Registry& registry) {
  registry.request("textDocument/hover", Lane::Latency, hover);
  registry.advertise([](json::object& to, const ClientInfo&) { to["hoverProvider"] = true; });
}

}  // namespace ml::lsp
