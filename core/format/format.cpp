#include "core/format/format.h"

#include <algorithm>

#include "core/format/emitter.h"
#include "core/format/nodes.h"
#include "core/format/printer.h"
#include "core/syntax/symbols.h"

namespace ml::format {

namespace sym = syntax::sym;
namespace tok = syntax::tok;

namespace {

// What counts for the meaning of a text, and its comments.
struct Content {
  std::vector<std::pair<TSSymbol, std::string_view>> tokens;
  std::vector<std::string_view> comments;
  friend bool operator==(const Content&, const Content&) = default;
};
Content content_of(std::string_view text, const Nodes& nodes) {
  Content out;
  for (const Node* n = nodes.begin(); n != nodes.end(); ++n) {
    if (nodes.is_leaf(*n) && n->symbol != tok::Semicolon)
      out.tokens.emplace_back(n->symbol,
                              n->symbol == sym::String ? "" : text.substr(n->span.begin, n->span.size()));
  }
  for (const Span span : nodes.comments()) {
    std::string_view comment = text.substr(span.begin, span.size());
    while (!comment.empty() && (comment.back() == ' ' || comment.back() == '\t' || comment.back() == '\r'))
      comment.remove_suffix(1);
    out.comments.push_back(comment);
  }
  return out;
}
bool same_content(std::string_view before, std::string_view after) {
  Nodes old_nodes, new_nodes;
  const syntax::Tree old_tree = syntax::parse(before), new_tree = syntax::parse(after);
  old_nodes.read(old_tree.root(), {0, static_cast<ByteOffset>(before.size())});
  new_nodes.read(new_tree.root(), {0, static_cast<ByteOffset>(after.size())});
  return content_of(before, old_nodes) == content_of(after, new_nodes);
}

// Prints the statements between `first` and the end of the nodes, which stand in one block.
class Statements {
 public:
  Statements(std::string_view text, const Nodes& nodes, Emitter& out)
      : text_(text), nodes_(nodes), out_(out), printer_(nodes, out) {}

  void print(unsigned level, bool gap_before_first) {
    const Node* previous = nullptr;
    for (const Node* n = nodes_.begin(); n != nodes_.end(); n = nodes_.behind(*n)) {
      if (!is_statement(n->symbol) && n->symbol != sym::Error && nodes_.is_leaf(*n) && !n->bad) continue;
      if (previous || gap_before_first) printer_.gap_before(*n, previous, level);
      print_one(*n, level);
      previous = n;
    }
    ends_spoilt_ = previous && previous->bad;
  }
  bool ends_spoilt() const { return ends_spoilt_; }

 private:
  // Whether `//` divides depends on the line it is on: what came out is read again.
  void print_one(const Node& n, unsigned level) {
    if (!n.floor || n.bad) return printer_.statement(n, level);
    const Emitter::Mark before = out_.mark();
    printer_.statement(n, level);
    auto& edits = out_.edits();
    if (edits.size() == before.edits) return;
    std::vector<Edit> inner;
    for (std::size_t i = before.edits; i < edits.size(); ++i) {
      if (edits[i].span.begin < n.span.begin) continue;  // the gap before
      inner.push_back(
          {{edits[i].span.begin - n.span.begin, edits[i].span.end - n.span.begin}, edits[i].text});
    }
    const std::string_view source = text_.substr(n.span.begin, n.span.size());
    const std::string result = applied(source, inner);
    if (same_content(source, result)) return;
    out_.back_to(before);
    out_.verbatim(n.span);
  }

  std::string_view text_;
  const Nodes& nodes_;
  Emitter& out_;
  Printer printer_;
  bool ends_spoilt_ = false;
};

// Columns of the blanks at the start of the line that holds the offset.
unsigned indentation_at(std::string_view text, ByteOffset at, unsigned indent) {
  auto begin = text.find_last_of("\r\n", at == 0 ? 0 : at - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  unsigned columns = 0;
  for (; begin < text.size() && (text[begin] == ' ' || text[begin] == '\t'); ++begin)
    columns += text[begin] == '\t' ? indent : 1;
  return columns;
}

}  // namespace

std::vector<Edit> format(const syntax::Tree& tree, std::string_view text, const Options& options) {
  if (tree.refused() || ts_node_symbol(tree.root()) == sym::Error) return {};
  Nodes nodes;
  nodes.read(tree.root(), {0, static_cast<ByteOffset>(text.size())});
  Emitter out(text, options, nodes.comments());
  out.start(text.starts_with("\xEF\xBB\xBF") ? 3 : 0, 0);
  Statements statements(text, nodes, out);
  statements.print(0, true);
  if (!statements.ends_spoilt()) {
    out.newline(0, 0, true);
    out.finish_file();
  }
  std::vector<Edit> edits = std::move(out.edits());
  // Where the parser had to guess, it may guess otherwise about another layout.
  const bool guessed = std::any_of(nodes.begin(), nodes.end(), [](const Node& n) { return n.bad; });
  if (guessed && !edits.empty() && !same_content(text, applied(text, edits))) {
    if (options.quotes == Quotes::Keep) return {};
    Options plain = options;
    plain.quotes = Quotes::Keep;
    return format(tree, text, plain);
  }
  return edits;
}

std::vector<Edit> format_range(const syntax::Tree& tree, std::string_view text, Span range,
                               const Options& options) {
  if (tree.refused() || ts_node_symbol(tree.root()) == sym::Error) return {};
  // The innermost block around what of the range is not blank.
  const auto blank = [&](ByteOffset at) {
    return text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r';
  };
  range.end = std::min(range.end, static_cast<ByteOffset>(text.size()));
  while (range.begin < range.end && blank(range.begin)) ++range.begin;
  while (range.end > range.begin && blank(range.end - 1)) --range.end;
  TSNode block = ts_node_descendant_for_byte_range(tree.root(), range.begin, range.end);
  while (!ts_node_is_null(block)) {
    const TSSymbol s = ts_node_symbol(block);
    if (s == sym::Program) break;
    // A brace itself belongs to the statement around.
    if (s == sym::Block && ts_node_start_byte(block) < range.begin && ts_node_end_byte(block) > range.end)
      break;
    block = ts_node_parent(block);
  }
  if (ts_node_is_null(block)) return {};
  Nodes nodes;
  nodes.read(block, range);
  const Node* first = nodes.begin();
  while (first != nodes.end() && !is_statement(first->symbol)) first = nodes.behind(*first);
  if (first == nodes.end()) return {};
  unsigned level = 0;
  if (ts_node_symbol(block) == sym::Block) {
    const unsigned width = std::max(1U, options.indent);
    level = (indentation_at(text, ts_node_start_byte(block), width) + width / 2) / width + 1;
  }
  ByteOffset start = first->span.begin;
  while (start > 0 && (text[start - 1] == ' ' || text[start - 1] == '\t')) --start;
  const bool own_line = start == 0 || text[start - 1] == '\n' || text[start - 1] == '\r';
  if (!own_line) start = first->span.begin;
  Options used = options;
  if (tree.has_errors()) used.quotes = Quotes::Keep;
  Emitter out(text, used, nodes.comments());
  out.start(start, level * options.indent);
  if (own_line) out.indentation(level);
  Statements statements(text, nodes, out);
  statements.print(level, false);
  out.finish();
  return std::move(out.edits());
}

std::string applied(std::string_view text, const std::vector<Edit>& edits) {
  std::string out;
  out.reserve(text.size() + 16);
  ByteOffset at = 0;
  for (const Edit& edit : edits) {
    out += text.substr(at, edit.span.begin - at);
    out += edit.text;
    at = edit.span.end;
  }
  out += text.substr(at);
  return out;
}

std::string formatted(std::string_view text, const Options& options) {
  return applied(text, format(syntax::parse(text), text, options));
}

}  // namespace ml::format
