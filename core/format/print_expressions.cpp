#include "core/format/printer.h"
#include "core/syntax/symbols.h"

namespace ml::format {

namespace sym = syntax::sym;
namespace tok = syntax::tok;
namespace field = syntax::field;

namespace {

// Operators of one level can be in one chain; 0: no operator.
int level_of(TSSymbol op) {
  switch (op) {
    case tok::PipePipe: return 1;
    case tok::AmpAmp: return 2;
    case tok::EqualEqual:
    case tok::BangEqual: return 3;
    case tok::Less:
    case tok::Greater:
    case tok::LessEqual:
    case tok::GreaterEqual: return 4;
    case tok::Plus:
    case tok::Minus: return 5;
    case tok::Star:
    case tok::Slash:
    case tok::SlashSlash:
    case tok::Percent: return 6;
    default: return 0;
  }
}

bool is_operation(TSSymbol s) { return s == sym::BinaryExpression || s == sym::LogicalExpression; }
bool is_postfix(TSSymbol s) {
  return s == sym::CallExpression || s == sym::IndexExpression || s == sym::SliceExpression ||
         s == sym::MemberExpression;
}

}  // namespace

void Printer::leaf(const Node& node) { out_.token(node.span); }

void Printer::string(const Node& node) {
  const Quotes wanted = out_.options().quotes;
  const std::string_view text = out_.source(node.span);
  const char quote = wanted == Quotes::Double ? '"' : '\'';
  if (wanted == Quotes::Keep || text.size() < 2 || text[0] == quote ||
      text.substr(1, text.size() - 2).find_first_of("'\"\\") != std::string_view::npos) {
    leaf(node);
    return;
  }
  std::string changed(text);
  changed.front() = changed.back() = quote;
  out_.token(node.span, std::move(changed));
}

void Printer::expression(const Node& node) {
  if (out_.over()) return;
  switch (node.symbol) {
    case sym::String: return string(node);
    case sym::Array:
    case sym::Object: list(nodes_.child(node), nodes_.behind(node)); return;
    case sym::Params: list(nodes_.child(node), nodes_.behind(node)); return;
    case sym::ParenthesizedExpression: {
      const Node* n = nodes_.child(node);
      leaf(*n);
      const unsigned tail = tail_;
      tail_ += 1;
      for (n = nodes_.behind(*n); n != nodes_.behind(node); n = nodes_.behind(*n)) {
        out_.no_space();
        if (nodes_.behind(*n) == nodes_.behind(node)) tail_ = tail;
        expression(*n);
      }
      return;
    }
    case sym::UnaryExpression: {
      const Node* op = nodes_.child(node);
      leaf(*op);
      const Node* operand = nodes_.behind(*op);
      // `- -x` must not become `--x`.
      if (operand->symbol == sym::UnaryExpression && nodes_.child(*operand)->symbol == op->symbol &&
          op->symbol != tok::Bang)
        out_.space();
      else
        out_.no_space();
      return expression(*operand);
    }
    case sym::BinaryExpression:
    case sym::LogicalExpression: return operators(node);
    case sym::TernaryExpression: return ternary(node);
    case sym::CallExpression:
    case sym::IndexExpression:
    case sym::SliceExpression:
    case sym::MemberExpression: return postfix(node);
    case sym::FunctionExpression:
    case sym::FnArrowFunction:
    case sym::ArrowFunction: return function(node, 2);
    case sym::Property: return property(node);
    case sym::Param: return parameter(node);
    default:
      if (node.symbol == sym::Template || nodes_.is_leaf(node)) return leaf(node);
      return words(node);  // literals of one word, dotted names
  }
}

void Printer::words(const Node& node) {
  bool glue = true;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (n != nodes_.child(node)) {
      if (glue || n->symbol == tok::Dot || n->symbol == tok::Comma)
        out_.no_space();
      else
        out_.space();
    }
    expression(*n);
    glue = n->symbol == tok::Dot;
  }
}

void Printer::property(const Node& node) {
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (n->symbol == tok::Colon)
      out_.no_space();
    else if (n->field == field::Value)
      out_.space();
    expression(*n);
  }
}

void Printer::parameter(const Node& node) {
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (n->symbol == tok::Colon)
      out_.no_space();
    else if (n != nodes_.child(node))
      out_.space();
    expression(*n);
  }
}

// Whether a chain that is not flat is not broken at its operators either. What its parts do, as far as the
// author decides about it, must not matter, or formatting again would decide otherwise.
template <class Print>
bool Printer::stays_together(const Node& node, const Node& last, Print print) {
  for (const Node* n = &node; n != nodes_.behind(node); ++n) {
    if (n->symbol == sym::Block) return true;
  }
  const bool before = ignore_author_;
  ignore_author_ = true;
  const Fit fit = fits(0, print);
  ignore_author_ = before;
  if (fit != Fit::TooWide) return true;
  const Node* inner = nullptr;  // what would go over several lines
  if (last.symbol == sym::Object || last.symbol == sym::Array) inner = &last;
  if (last.symbol == sym::CallExpression) {
    for (const Node* n = nodes_.child(last); n != nodes_.behind(last); n = nodes_.behind(*n)) {
      if (n->field == field::Argument) inner = n;
    }
  }
  if (!inner || (inner->symbol != sym::Object && inner->symbol != sym::Array)) return false;
  stop_ = nodes_.child(*inner);
  ignore_author_ = true;
  const Fit head = out_.measure(0, true, [&] { flat(print); });
  stop_ = nullptr;
  ignore_author_ = before;
  return head == Fit::Fits;
}

// A chain of operators of one level. On several lines it is broken behind every operator but `//`, which must
// have its right side on its line.
void Printer::operators(const Node& node) {
  std::vector<const Node*> right;  // from the last to the second
  const Node* left = &node;
  int level = 0;
  while (is_operation(left->symbol)) {
    const Node* op = nodes_.behind(*nodes_.child(*left));
    if (level == 0) level = level_of(op->symbol);
    if (level_of(op->symbol) != level) break;
    right.push_back(nodes_.behind(*op));
    left = nodes_.child(*left);
  }
  const auto print = [&](bool broken) {
    expression(*left);
    for (std::size_t i = right.size(); i-- > 0;) {
      if (out_.over()) return;
      const Node* operand = right[i];
      const Node* op = operand - 1;
      out_.space();
      leaf(*op);
      if (broken && op->symbol != tok::SlashSlash)
        out_.newline(level_);
      else
        out_.space();
      expression(*operand);
    }
  };
  if (flat_) return print(false);
  if (fits(0, [&] { print(false); }) == Fit::Fits) return flat([&] { print(false); });
  if (stays_together(node, *right.front(), [&] { print(false); })) return print(false);
  const unsigned outer = level_, tail = tail_;
  set_level(outer + 1);
  tail_ = tail + 3;
  print(true);
  tail_ = tail;
  set_level(outer);
}

void Printer::ternary(const Node& node) {
  const auto print = [&](bool broken) {
    const Node* at = &node;
    for (;;) {
      const Node* condition = nodes_.child(*at);
      const Node* question = nodes_.behind(*condition);
      const Node* then = nodes_.behind(*question);
      const Node* colon = nodes_.behind(*then);
      const Node* otherwise = nodes_.behind(*colon);
      const auto gap = [&] { broken ? line() : out_.space(); };
      expression(*condition);
      gap();
      leaf(*question);
      out_.space();
      expression(*then);
      gap();
      leaf(*colon);
      out_.space();
      if (out_.over()) return;
      if (otherwise->symbol != sym::TernaryExpression) return expression(*otherwise);
      at = otherwise;
    }
  };
  if (flat_) return print(false);
  if (fits(0, [&] { print(false); }) == Fit::Fits) return flat([&] { print(false); });
  if (stays_together(node, node, [&] { print(false); })) return print(false);
  const unsigned outer = level_;
  set_level(outer + 1);
  print(true);
  set_level(outer);
}

// Calls, indexes, slices and members behind one value, from the inside out. The author's line breaks before
// `.` stay.
void Printer::postfix(const Node& node) {
  std::vector<const Node*> chain;  // from the last on
  const Node* base = &node;
  while (is_postfix(base->symbol)) {
    chain.push_back(base);
    base = nodes_.child(*base);
  }
  const unsigned outer = level_;
  expression(*base);
  const Node* before = base;
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (out_.over()) break;
    const Node& step = *chain[i];
    const Node* n = nodes_.behind(*before);
    before = &step;
    if (step.symbol == sym::MemberExpression) {
      const ByteOffset end = (n - 1)->span.end;
      if (!ignore_author_ && out_.breaks_between(end, n->span.begin)) {
        set_level(outer + 1);
        line();
      } else if (base->symbol == sym::Number && i + 1 == chain.size() && end != n->span.begin) {
        out_.space();  // `1. .x`
      } else {
        out_.no_space();
      }
      leaf(*n);
      out_.no_space();
      leaf(*nodes_.behind(*n));
    } else if (step.symbol == sym::CallExpression) {
      out_.no_space();
      list(n, nodes_.behind(step));
    } else {
      const unsigned tail = tail_;
      tail_ += 1;
      out_.no_space();
      leaf(*n);
      for (n = nodes_.behind(*n); n != nodes_.behind(step); n = nodes_.behind(*n)) {
        out_.no_space();
        expression(*n);
      }
      tail_ = tail;
    }
  }
  set_level(outer);
}

void Printer::function(const Node& node, std::uint32_t most) {
  bool first = true;
  for (const Node* n = nodes_.child(node); n != nodes_.behind(node); n = nodes_.behind(*n)) {
    if (out_.over()) return;
    const TSSymbol s = n->symbol;
    if (first)
      first = false;  // the gap before the function is its owner's
    else if (s == tok::Star || s == tok::Colon || s == sym::Params)
      out_.no_space();
    else
      out_.space();
    if (s == sym::Block)
      block(*n, most);
    else
      expression(*n);
  }
}

}  // namespace ml::format
