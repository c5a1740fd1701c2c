#include "lsp/semantics/describe.h"

#include <algorithm>

#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return out;
}

// "name text" behind a tag.
std::pair<std::string_view, std::string_view> word_and_rest(std::string_view s) {
  s = trimmed(s);
  const std::size_t end = std::min(s.find(' '), s.size());
  return {s.substr(0, end), trimmed(s.substr(end))};
}

}  // namespace

std::string_view doc_of_parameter(std::string_view doc, std::string_view name) {
  for (const std::string_view line : lines_of(doc)) {
    if (!line.starts_with("@param ")) continue;
    const auto [word, rest] = word_and_rest(line.substr(7));
    if (word == name) return rest;
  }
  return {};
}

std::string doc_above(const DocumentText& text, ByteOffset at) {
  const std::uint32_t line = text.line_of(at);
  std::uint32_t first = line;
  const auto body = [&](std::uint32_t l) -> std::optional<std::string_view> {
    std::string_view s = trimmed(text.line_text(l));
    if (s.starts_with("//"))
      s.remove_prefix(2);
    else if (s.starts_with("#"))
      s.remove_prefix(1);
    else
      return std::nullopt;
    return trimmed(s);
  };
  while (first > 0 && line - first < 60 && body(first - 1)) --first;
  std::string out;
  for (std::uint32_t l = first; l < line; ++l) {
    const std::string_view s = *body(l);
    if (s.starts_with("ml:") || s.starts_with("#region") || s.starts_with("#endregion")) continue;
    out += (out.empty() ? "" : "\n") + std::string(s);
  }
  return out;
}

std::string doc_as_markdown(std::string_view doc) {
  std::string out;
  bool first = true, list = false;
  for (const std::string_view line : lines_of(doc)) {
    if (line.starts_with("@")) {
      const auto [tag, rest] = word_and_rest(line.substr(1));
      if (!list) out += "\n";
      list = true;
      if (tag == "param") {
        const auto [name, text] = word_and_rest(rest);
        out += "\n- `" + std::string(name) + "`" + (text.empty() ? "" : ": " + std::string(text));
      } else {
        out += "\n- *" + std::string(tag) + "* " + std::string(rest);
      }
    } else if (first && !line.empty()) {
      out += "**" + std::string(line) + "**\n";
    } else {
      out += "\n" + std::string(line);
    }
    first = false;
  }
  return out;
}

std::string doc_as_text(std::string_view doc) { return std::string(doc); }

std::string doc_of(const stdlib::Entry& entry, bool markdown) {
  std::string out(entry.doc);
  const char* quote = markdown ? "`" : "";
  bool any = false;
  for (const stdlib::Param& p : entry.params) {
    if (p.doc.empty()) continue;
    out += (any ? "\n- " : "\n\n- ") + (quote + std::string(p.name)) + quote + ": " + std::string(p.doc);
    any = true;
  }
  if (!entry.value.empty()) out += "\n\nValue: " + (quote + std::string(entry.value)) + quote;
  if (!entry.alias_of.empty()) out += "\n\nSame as " + (quote + std::string(entry.alias_of)) + quote;
  if (!entry.capabilities.empty()) {
    out += "\n\nNeeds ";
    for (std::size_t i = 0; i < entry.capabilities.size(); ++i)
      out += (i ? ", " : "") + (quote + std::string(entry.capabilities[i])) + quote;
  }
  return out;
}

FunctionPlace function_of(const Symbol& symbol, const Revision& revision, ModuleStore& modules) {
  FunctionPlace place;
  if (symbol.kind == Symbol::Kind::Local) {
    const auto& v =
        revision.analysis().items[symbol.item]->functions[symbol.function.raw].variables[symbol.variable.raw];
    place.revision = revision.shared();
    place.item = symbol.item;
    place.function = v.function;
    place.name = v.first_binding.moved(revision.module().items[symbol.item].start);
  } else if (symbol.kind == Symbol::Kind::Global) {
    place.revision = symbol.file == revision.file().key ? revision.shared() : modules.revision(symbol.file);
    const sema::Variable* v = place.revision ? module_variable(*place.revision, symbol.name) : nullptr;
    if (!v || !v->function) return place;
    const auto item = item_at(place.revision->module(), v->first_binding.begin);
    if (!item) return place;
    place.item = *item;
    place.function = v->function;
    place.name = v->first_binding;
  }
  if (place.function) place.doc = doc_above(place.revision->text(), place.name.begin);
  return place;
}

Signature signature_of(const FunctionPlace& place, std::string_view name) {
  Signature out;
  out.label = std::string(name) + "(";
  const std::string_view text = place.revision->module().items[place.item].item->text;
  for (const ast::Param& param : place.function->params) {
    Span span = param.binding.span;
    if (param.default_value) span.end = std::max(span.end, param.default_value->span.end);
    if (out.label.back() != '(') out.label += ", ";
    const auto begin = static_cast<ByteOffset>(out.label.size());
    if (span.end <= text.size()) out.label += text.substr(span.begin, span.size());
    out.parameters.push_back({begin, static_cast<ByteOffset>(out.label.size())});
    out.docs.emplace_back(doc_of_parameter(place.doc, place.revision->names().text(param.binding.name)));
  }
  out.label += ")";
  out.doc = place.doc;
  return out;
}

Signature signature_parts(const stdlib::Entry& entry) {
  Signature out;
  out.label = signature_of(entry);
  out.doc = doc_of(entry, false);
  std::size_t from = out.label.find('(');
  for (const stdlib::Param& p : entry.params) {
    // The label is made of the same parameters in the same order.
    std::size_t begin = from == out.label.npos ? from : out.label.find(p.name, from + 1);
    while (begin != out.label.npos && begin > 0 &&
           (std::isalnum(static_cast<unsigned char>(out.label[begin - 1])) || out.label[begin - 1] == '_'))
      begin = out.label.find(p.name, begin + 1);
    if (begin == out.label.npos) break;
    std::size_t end = begin, depth = 0;
    for (; end < out.label.size(); ++end) {
      const char c = out.label[end];
      if (c == '(' || c == '[' || c == '{') ++depth;
      if ((c == ')' || c == ',') && depth == 0) break;
      if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    }
    if (p.variadic && begin >= 3 && out.label.compare(begin - 3, 3, "...") == 0) begin -= 3;
    out.parameters.push_back({static_cast<ByteOffset>(begin), static_cast<ByteOffset>(end)});
    out.docs.emplace_back(p.doc);
    out.variadic = p.variadic;
    from = end;
  }
  return out;
}

}  // namespace ml::lsp
