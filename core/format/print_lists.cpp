// What stands in brackets: arrays, objects, arguments, parameters.

#include "core/format/printer.h"
#include "core/syntax/symbols.h"

namespace ml::format {

namespace sym = syntax::sym;
namespace tok = syntax::tok;

namespace {

bool is_function(TSSymbol s) {
  return s == sym::FunctionExpression || s == sym::FnArrowFunction || s == sym::ArrowFunction;
}
bool is_close(TSSymbol s) { return s == tok::CloseParen || s == tok::CloseBracket || s == tok::CloseBrace; }

}  // namespace

Printer::Items Printer::items_of(const Node* open, const Node* end) const {
  Items out{open, nullptr, {}, {}};
  for (const Node* n = open + 1; n != end; n = nodes_.behind(*n)) {
    if (is_close(n->symbol)) {
      out.close = n;
    } else if (n->symbol == tok::Comma && nodes_.is_leaf(*n)) {
      if (!out.comma.empty()) out.comma.back() = n;
    } else {
      out.item.push_back(n);
      out.comma.push_back(nullptr);
    }
  }
  return out;
}

const Node* Printer::list(const Node* open, const Node* end) {
  const Items items = items_of(open, end);
  if (!items.close) return end;
  const bool literal = open->symbol == tok::OpenBracket || open->symbol == tok::OpenBrace;
  const ByteOffset first = items.item.empty() ? items.close->span.begin : items.item.front()->span.begin;
  const bool author_broke =
      !ignore_author_ && literal && !items.item.empty() && out_.breaks_between(open->span.end, first);
  if (items.item.empty() || (flat_ && !author_broke)) {
    list_flat(items);
  } else if (author_broke) {
    list_broken(items, true);
  } else if (fits(0, [&] { list_flat(items); }) == Fit::Fits) {
    flat([&] { list_flat(items); });
  } else if (!list_hugging(items)) {
    bool numbers = open->symbol == tok::OpenBracket && items.item.size() > 8;
    for (const Node* item : items.item) numbers = numbers && item->symbol == sym::Number;
    list_broken(items, numbers);
  }
  return nodes_.behind(*items.close);
}

void Printer::element(const Node& node) {
  if (node.symbol == sym::Property)
    property(node);
  else if (node.symbol == sym::Param)
    parameter(node);
  else
    expression(node);
}

void Printer::list_flat(const Items& items) {
  out_.token(items.open->span);
  for (std::size_t i = 0; i < items.item.size(); ++i) {
    if (out_.over()) return;
    if (i > 0)
      out_.space();
    else if (items.open == stop_)
      out_.newline(level_);
    else
      out_.no_space();
    element(*items.item[i]);
    if (items.comma[i]) {
      out_.no_space();
      out_.token(items.comma[i]->span);
    }
  }
  if (items.item.empty() && out_.comment_between(items.open->span.end, items.close->span.begin))
    out_.newline(level_, level_ + 1, false);
  else
    out_.no_space();
  out_.token(items.close->span);
}

// One element that goes over several lines, with the brackets of the list close to it: `f(x, fn() => {`.
bool Printer::list_hugging(const Items& items) {
  const TSSymbol open = items.open->symbol;
  const bool arguments = open == tok::OpenParen;
  if (!arguments && !(open == tok::OpenBracket && items.item.size() == 1)) return false;
  const std::size_t last = items.item.size() - 1;
  std::size_t chosen = items.item.size();
  for (std::size_t i = 0; i < items.item.size(); ++i) {
    if (out_.over()) return true;
    if (items.item[i]->symbol == sym::Param) return false;
    if (fits(0, [&] { element(*items.item[i]); }) == Fit::Fits) continue;
    if (chosen != items.item.size()) return false;
    chosen = i;
  }
  if (chosen == items.item.size()) chosen = last;
  const TSSymbol kind = items.item[chosen]->symbol;
  const bool literal = kind == sym::Object || (kind == sym::Array && arguments);
  if (!is_function(kind) && !(literal && chosen == last)) return false;
  if (literal && nodes_.behind(*nodes_.child(*items.item[chosen]))->symbol == tok::CloseBrace) return false;
  const auto print = [&] {
    out_.token(items.open->span);
    for (std::size_t i = 0; i < items.item.size(); ++i) {
      if (i > 0)
        out_.space();
      else
        out_.no_space();
      if (i == chosen)
        element(*items.item[i]);
      else
        flat([&] { element(*items.item[i]); });
      if (items.comma[i]) {
        out_.no_space();
        out_.token(items.comma[i]->span);
      }
    }
    out_.no_space();
    out_.token(items.close->span);
  };
  for (std::size_t i = 0; i + 1 < items.item.size(); ++i) {
    if (out_.comment_between(items.item[i]->span.begin, items.item[i + 1]->span.begin) && i != chosen)
      return false;
  }
  if (out_.comment_between(items.open->span.end, items.item.front()->span.begin)) return false;
  if (out_.comment_between(items.item.back()->span.end, items.close->span.begin)) return false;
  const Fit head = out_.measure(tail_, true, print);
  if (head != Fit::Fits) return false;
  print();
  return true;
}

// `rows`: the author's lines stay, and a line that is too long is broken; else one element on a line.
void Printer::list_broken(const Items& items, bool rows) {
  const unsigned outer = level_, outer_tail = tail_;
  out_.token(items.open->span);
  set_level(outer + 1);
  for (std::size_t i = 0; i < items.item.size(); ++i) {
    if (out_.over()) break;
    const Node& item = *items.item[i];
    tail_ = 1;
    if (i == 0) {
      out_.newline(level_, level_, false);
    } else {
      const ByteOffset before =
          items.comma[i - 1] ? items.comma[i - 1]->span.end : items.item[i - 1]->span.end;
      const bool same_row = rows && !out_.breaks_between(before, item.span.begin) && [&] {
        return fits(0, [&] {
                 out_.space();
                 element(item);
               }) == Fit::Fits;
      }();
      if (same_row)
        out_.space();
      else
        out_.newline(level_, level_, true);
    }
    element(item);
    if (items.comma[i]) {
      out_.no_space();
      out_.token(items.comma[i]->span);
    }
  }
  out_.newline(outer, outer + 1, false);
  tail_ = outer_tail;
  set_level(outer);
  out_.token(items.close->span);
}

}  // namespace ml::format
