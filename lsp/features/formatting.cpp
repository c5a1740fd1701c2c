// Formatting of documents, ranges and what has just been typed. core/format does the work; only what differs
// is sent.

#include <algorithm>

#include "core/format/format.h"
#include "core/syntax/symbols.h"
#include "lsp/features/formatting/options.h"
#include "lsp/features/registry.h"

namespace ml::lsp {
namespace {

namespace sym = syntax::sym;

json::value edits_of(const Ask& ask, const Revision& file, const std::vector<format::Edit>& edits) {
  json::array out;
  for (const format::Edit& edit : edits) {
    ask.check();
    out.push_back(json::object{{"range", ask.range(file, edit.span)}, {"newText", edit.text}});
  }
  return out;
}

bool wanted(const Ask& ask) { return ask.settings().flag("format.enable", true); }

json::value document(const Ask& ask) {
  const auto file = ask.document();
  if (!wanted(ask)) return nullptr;
  return edits_of(ask, *file, format::format(file->tree(), file->text().text(), format_options(ask)));
}

void add_range(const Ask& ask, const Revision& file, Span range, std::vector<format::Edit>& all) {
  for (auto& edit : format::format_range(file.tree(), file.text().text(), range, format_options(ask)))
    all.push_back(std::move(edit));
}

json::value range(const Ask& ask) {
  const auto file = ask.document();
  if (!wanted(ask)) return nullptr;
  std::vector<format::Edit> edits;
  add_range(ask, *file, ask.bytes(*file), edits);
  return edits_of(ask, *file, edits);
}

json::value ranges(const Ask& ask) {
  const auto file = ask.document();
  if (!wanted(ask)) return nullptr;
  const json::value& list = ask.need("/ranges");
  if (!list.is_array()) throw Refusal{wire::code::InvalidParams, "/ranges: a list is expected"};
  std::vector<format::Edit> edits, out;
  for (const json::value& one : list.get_array()) {
    const json::object* object = one.if_object();
    const json::value* start = object ? object->if_contains("start") : nullptr;
    const json::value* end = object ? object->if_contains("end") : nullptr;
    if (!start || !end) throw Refusal{wire::code::InvalidParams, "/ranges: ranges are expected"};
    const Range range{position_from(*start, "/ranges/start"), position_from(*end, "/ranges/end")};
    add_range(ask, *file, file->text().span(range, ask.client().encoding), edits);
  }
  std::stable_sort(edits.begin(), edits.end(),
                   [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; });
  for (auto& edit : edits) {  // ranges may touch the same statement
    if (out.empty() || edit.span.begin >= out.back().span.end) {
      if (!out.empty() && out.back().span == edit.span) continue;
      out.push_back(std::move(edit));
    }
  }
  return edits_of(ask, *file, out);
}

// Blanks that a new line at the offset begins with: those of the line where the innermost block around it
// begins, and one level.
std::string indentation(const Ask& ask, const Revision& file, ByteOffset at) {
  TSNode node = ts_node_descendant_for_byte_range(file.tree().root(), at, at);
  const auto inside = [&](TSNode n) {
    const TSSymbol s = ts_node_symbol(n);
    return (s == sym::Block || s == sym::Object || s == sym::Array || s == sym::CallExpression ||
            s == sym::CapabilityStatement) &&
           ts_node_start_byte(n) < at && ts_node_end_byte(n) > at;
  };
  while (!ts_node_is_null(node) && !inside(node)) node = ts_node_parent(node);
  if (ts_node_is_null(node)) return "";
  const std::string_view line = file.text().line_text(file.text().line_of(ts_node_start_byte(node)));
  std::string out(line.substr(0, std::min(line.size(), line.find_first_not_of(" \t"))));
  const format::Options options = format_options(ask);
  const std::string_view next = file.text().line_text(file.text().line_of(at));
  const auto word = next.find_first_not_of(" \t");
  const bool closes =
      word != std::string_view::npos && std::string_view(")]}").find(next[word]) != std::string_view::npos;
  if (!closes) out += options.tabs ? "\t" : std::string(options.indent, ' ');
  return out;
}

json::value new_line(const Ask& ask, const Revision& file, ByteOffset at) {
  const DocumentText& text = file.text();
  const std::uint32_t line = text.line_of(at);
  if (line == 0) return json::array{};
  const std::string_view present = text.line_text(line), before = text.line_text(line - 1);
  const ByteOffset start = text.line_start(line);
  const auto first = present.find_first_not_of(" \t");
  const auto blanks = static_cast<ByteOffset>(first == std::string_view::npos ? present.size() : first);
  std::string wanted_text;
  const auto comment = before.find_first_not_of(" \t");
  if (comment != std::string_view::npos && before.substr(comment).starts_with("//") &&
      first == std::string_view::npos && before.substr(comment).size() > 2) {
    wanted_text = std::string(before.substr(0, comment)) + "// ";  // goes on
  } else {
    // A string or template may go on over the line: its blanks are its own.
    const TSNode node = ts_node_descendant_for_byte_range(file.tree().root(), start, start);
    for (TSNode n = node; !ts_node_is_null(n); n = ts_node_parent(n)) {
      const TSSymbol s = ts_node_symbol(n);
      if ((s == sym::String || s == sym::Template || s == sym::Comment) && ts_node_start_byte(n) < start)
        return json::array{};
    }
    wanted_text = indentation(ask, file, start + blanks);
  }
  if (present.substr(0, blanks) == wanted_text) return json::array{};
  return edits_of(ask, file, {{{start, start + blanks}, wanted_text}});
}

json::value on_type(const Ask& ask) {
  const auto file = ask.document();
  if (!wanted(ask)) return nullptr;
  const ByteOffset at = ask.offset(*file);
  const std::string typed = ask.text("/ch");
  if (typed == "\n") return new_line(ask, *file, at);
  const std::string_view text = file->text().text();
  ByteOffset last = at;
  while (last > 0 && (text[last - 1] == ' ' || text[last - 1] == '\t')) --last;
  if (last == 0 || text[last - 1] != typed[0]) return json::array{};
  // Never what stands in a string or comment.
  const TSNode node = ts_node_descendant_for_byte_range(file->tree().root(), last - 1, last);
  const TSSymbol symbol = ts_node_symbol(node);
  if (symbol == sym::Comment || symbol == sym::String || symbol == sym::TemplateChars ||
      symbol == sym::Template)
    return json::array{};
  auto edits = format::format_range(file->tree(), text, {last - 1, last}, format_options(ask));
  // What follows the cursor is not finished yet.
  std::erase_if(edits, [&](const format::Edit& edit) { return edit.span.begin >= at; });
  return edits_of(ask, *file, edits);
}

}  // namespace

void add_formatting(Registry& registry) {
  registry.request("textDocument/formatting", Lane::Worker, document);
  registry.request("textDocument/rangeFormatting", Lane::Latency, range);
  registry.request("textDocument/rangesFormatting", Lane::Latency, ranges);
  registry.request("textDocument/onTypeFormatting", Lane::Latency, on_type);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["documentFormattingProvider"] = true;
    to["documentRangeFormattingProvider"] = json::object{{"rangesSupport", true}};
    to["documentOnTypeFormattingProvider"] =
        json::object{{"firstTriggerCharacter", "}"}, {"moreTriggerCharacter", json::array{";", "\n"}}};
  });
}

}  // namespace ml::lsp
