// textDocument/documentHighlight: uses of a name with read and write, the exits of a function or loop, the
// parts of one statement.

#include <algorithm>

#include "core/syntax/symbols.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

namespace sym = syntax::sym;
namespace tok = syntax::tok;

enum Kind : int { kText = 1, kRead = 2, kWrite = 3 };

bool is_function(TSSymbol s) {
  return s == sym::FunctionStatement || s == sym::FunctionExpression || s == sym::FnArrowFunction ||
         s == sym::ArrowFunction;
}
bool is_loop(TSSymbol s) {
  return s == sym::WhileStatement || s == sym::ForInStatement || s == sym::ForCStatement;
}

class Keywords {
 public:
  explicit Keywords(const Revision& file) : file_(file) {}

  // The keyword at the offset and what belongs to it; empty when there is none.
  std::vector<Span> related(ByteOffset at) {
    TSNode node = ts_node_descendant_for_byte_range(file_.tree().root(), at, at);
    if (ts_node_is_named(node) && ts_node_child_count(node) > 0 && at > 0)
      node = ts_node_descendant_for_byte_range(file_.tree().root(), at - 1, at - 1);
    const TSSymbol word = ts_node_symbol(node);
    if (word == tok::Return || word == tok::Throw)
      return exits(around(node, is_function), is_function, {sym::ReturnStatement, sym::ThrowStatement});
    if (word == tok::Break || word == tok::Continue)
      return exits(around(node, is_loop), is_loop, {sym::BreakStatement, sym::ContinueStatement});
    if (word == sym::BreakStatement || word == sym::ContinueStatement)
      return exits(around(node, is_loop), is_loop, {sym::BreakStatement, sym::ContinueStatement});
    if (word == tok::If || word == tok::Elif || word == tok::Else) return parts(node, sym::IfStatement);
    if (word == tok::Try || word == tok::Except || word == tok::Finally)
      return parts(node, sym::TryStatement);
    return {};
  }

 private:
  template <class Is>
  static TSNode around(TSNode node, Is is) {
    while (!ts_node_is_null(node) && !is(ts_node_symbol(node))) node = ts_node_parent(node);
    return node;
  }
  static Span first_word(TSNode node) {
    return ts_node_child_count(node) > 0 ? syntax::span(ts_node_child(node, 0)) : syntax::span(node);
  }
  // The keyword of every such statement in `root`, inner functions or loops left out.
  template <class Is>
  std::vector<Span> exits(TSNode root, Is is_border, std::pair<TSSymbol, TSSymbol> wanted) {
    std::vector<Span> out;
    if (ts_node_is_null(root)) return out;
    const bool loop = is_loop(ts_node_symbol(root));
    if (loop) out.push_back(first_word(root));
    std::vector<TSNode> stack{root};
    while (!stack.empty()) {
      const TSNode node = stack.back();
      stack.pop_back();
      const TSSymbol symbol = ts_node_symbol(node);
      if (symbol == wanted.first || symbol == wanted.second) out.push_back(first_word(node));
      if (!ts_node_eq(node, root) && (is_border(symbol) || is_function(symbol))) continue;
      const std::uint32_t count = ts_node_child_count(node);
      for (std::uint32_t i = count; i-- > 0;) stack.push_back(ts_node_child(node, i));
    }
    return out;
  }
  std::vector<Span> parts(TSNode keyword, TSSymbol statement) {
    const TSNode root = around(keyword, [&](TSSymbol s) { return s == statement; });
    std::vector<Span> out;
    if (ts_node_is_null(root)) return out;
    const auto take = [&](TSNode parent) {
      for (std::uint32_t i = 0; i < ts_node_child_count(parent); ++i) {
        const TSNode child = ts_node_child(parent, i);
        const TSSymbol s = ts_node_symbol(child);
        if (s == tok::If || s == tok::Elif || s == tok::Else || s == tok::Try || s == tok::Except ||
            s == tok::Finally)
          out.push_back(syntax::span(child));
      }
    };
    take(root);
    for (std::uint32_t i = 0; i < ts_node_child_count(root); ++i) {
      const TSNode child = ts_node_child(root, i);
      const TSSymbol s = ts_node_symbol(child);
      if (s == sym::ElifClause || s == sym::ElseClause || s == sym::ExceptClause || s == sym::FinallyClause)
        take(child);
    }
    return out;
  }
  const Revision& file_;
};

json::value highlight(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  json::array out;
  const auto add = [&](Span span, int kind) {
    out.push_back(json::object{{"range", ask.range(*file, span)}, {"kind", kind}});
  };
  if (const auto found = symbol_at(*file, at)) {
    for (const Occurrence& o : occurrences_in(*file, found->symbol)) add(o.span, o.write ? kWrite : kRead);
    if (out.empty()) add(found->span, kRead);
    return out;
  }
  for (const Span span : Keywords(*file).related(at)) add(span, kText);
  if (out.empty()) return nullptr;
  return out;
}

}  // namespace

void add_document_highlight(Registry& registry) {
  registry.request("textDocument/documentHighlight", Lane::Latency, highlight);
  registry.advertise([](json::object& to, const ClientInfo&) { to["documentHighlightProvider"] = true; });
}

}  // namespace ml::lsp
