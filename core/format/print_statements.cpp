#include "core/format/printer.h"
#include "core/syntax/symbols.h"

namespace ml::format {

namespace sym = syntax::sym;
namespace tok = syntax::tok;
namespace field = syntax::field;

namespace {

bool is_compound(TSSymbol s) {
  switch (s) {
    case sym::FunctionStatement:
    case sym::IfStatement:
    case sym::WhileStatement:
    case sym::ForInStatement:
    case sym::ForCStatement:
    case sym::TryStatement:
    case sym::CapabilityStatement: return true;
    default: return false;
  }
}

}  // namespace

void Printer::gap_before(const Node& node, const Node* previous, unsigned level) {
  const bool spoilt = node.bad || !is_statement(node.symbol) ||
                      (previous && (previous->bad || !is_statement(previous->symbol)));
  if (previous && spoilt && !out_.breaks_between(previous->span.end, node.span.begin))
    out_.keep();
  else if (previous && node.symbol == sym::EmptyStatement)
    out_.no_space();
  else
    out_.newline(level, level, previous != nullptr);
}

void Printer::statement(const Node& node, unsigned level) {
  if (out_.over()) return;
  set_level(level);
  if (node.bad || !is_statement(node.symbol)) {
    out_.verbatim(node.span);
  } else if (!is_compound(node.symbol)) {
    simple(node, true);
  } else if (!flat_ && !out_.breaks_between(node.span.begin, node.span.end) &&
             [&] { return fits(0, [&] { compound(node); }) == Fit::Fits; }()) {
    flat([&] { compound(node); });
  } else {
    compound(node);
  }
}

void Printer::compound(const Node& node) {
  const unsigned tail = tail_;
  if (node.symbol == sym::FunctionStatement) {
    tail_ = 2;
    function(node, flat_ ? 1 : 0);
  } else if (node.symbol == sym::CapabilityStatement) {
    capability(node);
  } else if (node.symbol == sym::IfStatement) {
    if_parts(node);
  } else {
    clause(node);
  }
  tail_ = tail;
}

// One child after the other with a space between.
void Printer::simple(const Node& node, bool terminated) {
  const unsigned tail = tail_;
  tail_ = 1;
  bool has_end = false, first = true;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    has_end = n->symbol == tok::Semicolon;
    if (!first && (has_end || n->symbol == tok::Comma))
      out_.no_space();
    else if (!first)
      out_.space();
    first = false;
    expression(*n);
  }
  if (terminated && !has_end) out_.add_semicolon();
  tail_ = tail;
}

bool Printer::stays_on_line(const Node& node, std::uint32_t most) const {
  if (out_.breaks_between(node.span.begin, node.span.end)) return false;
  std::uint32_t count = 0;
  for (const Node* n = nodes_.child(node) + 1; n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (n->symbol == tok::CloseBrace) break;
    if (n->bad || is_compound(n->symbol) || ++count > most) return false;
  }
  return true;
}

// `most` statements may stand on the line of the braces.
void Printer::block(const Node& node, std::uint32_t most) {
  const Node* open = nodes_.child(node);
  const Node* end = nodes_.behind(node);
  const auto on_line = [&] {
    out_.token(open->span);
    const Node* previous = nullptr;
    for (const Node* n = open + 1; n != end; n = nodes_.behind(*n)) {
      if (n->symbol == sym::EmptyStatement && previous)
        out_.no_space();
      else
        out_.space();
      if (n->symbol == tok::CloseBrace)
        out_.token(n->span);
      else
        simple(*n, true);
      previous = n;
    }
  };
  const Node* first = open + 1;
  if (first != end && first->symbol == tok::CloseBrace &&
      !out_.comment_between(open->span.end, first->span.begin)) {
    out_.token(open->span);
    out_.no_space();
    out_.token(first->span);
    return;
  }
  if (most > 0 && stays_on_line(node, most)) {
    if (flat_) return on_line();
    if (fits(0, on_line) == Fit::Fits) return flat(on_line);
  }
  const unsigned outer = level_, tail = tail_;
  out_.token(open->span);
  const Node* previous = nullptr;
  tail_ = 0;
  for (const Node* n = first; n != end; n = nodes_.behind(*n)) {
    if (out_.over()) break;
    if (n->symbol == tok::CloseBrace && nodes_.is_leaf(*n)) {
      out_.newline(outer, outer + 1, false);
      set_level(outer);
      out_.token(n->span);
    } else {
      gap_before(*n, previous, outer + 1);
      statement(*n, outer + 1);
      previous = n;
    }
  }
  tail_ = tail;
  set_level(outer);
}

void Printer::body(const Node& node, ByteOffset before) {
  if (out_.over()) return;
  tail_ = 0;
  if (node.symbol == sym::Block) {
    out_.space();
    block(node, flat_ ? 1 : 0);
  } else if (node.symbol == sym::EmptyStatement) {
    out_.no_space();
    simple(node, true);
  } else if (flat_ || !out_.breaks_between(before, node.span.begin)) {
    out_.space();
    if (is_compound(node.symbol))
      compound(node);
    else
      simple(node, true);
  } else {
    const unsigned outer = level_;
    out_.newline(outer + 1);
    statement(node, outer + 1);
    set_level(outer);
  }
}

// `while (x) body`, `else if (x) body`, `for (i = 0; i < n; i = i + 1) body`, `try body except (e) body`.
void Printer::clause(const Node& node) {
  const Node* previous = nullptr;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (out_.over()) return;
    const TSSymbol s = n->symbol;
    if (n->field == field::Body) {
      body(*n, previous ? previous->span.end : n->span.begin);
      previous = n;
      continue;
    }
    tail_ = 3;
    if (previous) {
      if (previous->symbol == tok::OpenParen || s == tok::CloseParen || s == tok::Semicolon)
        out_.no_space();
      else if (!flat_ && (s == sym::ExceptClause || s == sym::FinallyClause) &&
               out_.comment_between(previous->span.end, n->span.begin))
        out_.newline(level_, level_, true);
      else
        out_.space();
    }
    if (s == sym::ExceptClause || s == sym::FinallyClause)
      clause(*n);
    else if (is_statement(s))
      simple(*n, false);
    else
      expression(*n);
    previous = n;
  }
}

void Printer::if_parts(const Node& node) {
  const Node* previous = nullptr;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (out_.over()) return;
    if (n->field == field::Body) {
      body(*n, previous->span.end);
      previous = n;
      continue;
    }
    tail_ = 3;
    if (n->symbol == sym::ElifClause || n->symbol == sym::ElseClause) {
      const bool behind_block = nodes_.is_leaf(*(n - 1)) && (n - 1)->symbol == tok::CloseBrace;
      if (!flat_ && (!behind_block || out_.comment_between((n - 1)->span.end, n->span.begin)))
        out_.newline(level_, level_, true);
      else
        out_.space();
      clause(*n);
    } else {
      if (previous && (previous->symbol == tok::OpenParen || n->symbol == tok::CloseParen))
        out_.no_space();
      else if (previous)
        out_.space();
      expression(*n);
    }
    previous = n;
  }
}

void Printer::capability(const Node& node) {
  const unsigned outer = level_;
  const Node* previous = nullptr;
  bool inside = false;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (n->symbol == tok::CloseBrace && nodes_.is_leaf(*n)) {
      if (previous->symbol == tok::OpenBrace && !out_.comment_between(previous->span.end, n->span.begin))
        out_.no_space();
      else
        out_.newline(outer, outer + 1, false);
      out_.token(n->span);
    } else if (n->symbol == sym::CapabilityItem) {
      out_.newline(outer + 1, outer + 1, previous->symbol != tok::OpenBrace);
      simple(*n, true);
    } else if (inside) {
      out_.no_space();  // a `;` too many
      out_.token(n->span);
    } else {
      if (previous) out_.space();
      expression(*n);
    }
    inside = inside || n->symbol == tok::OpenBrace;
    previous = n;
  }
}

}  // namespace ml::format
