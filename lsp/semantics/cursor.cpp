#include "lsp/semantics/cursor.h"

#include <algorithm>

#include "core/diag/sink.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

using ast::Token;
using ast::TokenKind;

// Whether the place is in a comment of the gap that begins at `from`.
bool in_comment(std::string_view text, ByteOffset from, ByteOffset at) {
  while (from < at) {
    const std::string_view rest = text.substr(from);
    if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", from + 2);
      if (end == text.npos || end + 2 > at) return true;
      from = static_cast<ByteOffset>(end + 2);
    } else if (rest.starts_with("//") || rest.front() == '#') {
      const std::size_t end = text.find_first_of("\r\n", from);
      if (end == text.npos || end >= at) return true;
      from = static_cast<ByteOffset>(end);
    } else {
      ++from;
    }
  }
  return false;
}

bool is_closed(std::string_view text, Span quoted) {
  return quoted.size() >= 2 && text[quoted.begin] == text[quoted.end - 1];
}

}  // namespace

bool is_word_byte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

Cursor cursor_at(const Revision& revision, ByteOffset at) {
  const std::string_view text = revision.text().text();
  Cursor cursor;
  cursor.at = at;
  cursor.word = {at, at};
  while (cursor.word.begin > 0 && is_word_byte(text[cursor.word.begin - 1])) --cursor.word.begin;
  while (cursor.word.end < text.size() && is_word_byte(text[cursor.word.end])) ++cursor.word.end;
  cursor.prefix = {cursor.word.begin, at};
  cursor.in_number =
      cursor.word.size() > 0 && text[cursor.word.begin] >= '0' && text[cursor.word.begin] <= '9';

  Span region{0, revision.text().line_span(revision.text().line_of(at)).end};
  const ast::Module& module = revision.module();
  // From the item that begins before the word: one that begins with it may be the rest of the one before.
  if (auto item = item_at(module, cursor.word.begin)) {
    while (*item > 0 && (module.items[*item].start == cursor.word.begin || module.items[*item - 1].end >= at))
      --*item;
    region.begin = module.items[*item].start;
    region.end = std::max(region.end, module.items[*item].end);
  }
  DiagSink findings;
  ast::TokenList list = ast::scan(text, region, ast::ScanMode::File, findings);
  for (;;) {
    const auto around = std::find_if(list.tokens.begin(), list.tokens.end(), [&](const Token& t) {
      return t.kind == TokenKind::Template && t.span.begin < at && at < t.span.end;
    });
    if (around == list.tokens.end()) break;
    const auto first = list.holes.begin() + around->holes;
    const auto hole =
        std::find_if(first, first + around->hole_count, [&](Span s) { return s.begin <= at && at <= s.end; });
    if (hole == first + around->hole_count) {
      cursor.where = Cursor::Where::String;
      cursor.inside = {around->span.begin + 1, around->span.end - (is_closed(text, around->span) ? 1 : 0)};
      break;
    }
    const Span inner = *hole;
    list = ast::scan(text, inner, ast::ScanMode::Hole, findings);
    region = inner;
  }
  cursor.tokens = std::move(list.tokens);
  std::erase_if(cursor.tokens, [](const Token& t) { return t.kind == TokenKind::End; });
  const auto behind = std::partition_point(cursor.tokens.begin(), cursor.tokens.end(),
                                           [&](const Token& t) { return t.span.end <= cursor.word.begin; });
  cursor.before = static_cast<std::size_t>(behind - cursor.tokens.begin());
  if (cursor.where == Cursor::Where::String) return cursor;
  // A quote that was not closed reaches to the end of its line.
  const auto quoted = [&](const Token& t) {
    return (t.kind == TokenKind::String || t.kind == TokenKind::Template) && t.span.begin < at &&
           (at < t.span.end || (at == t.span.end && !is_closed(text, t.span)));
  };
  for (const Token* t : {cursor.before > 0 ? &cursor.tokens[cursor.before - 1] : nullptr,
                         behind != cursor.tokens.end() ? &*behind : nullptr}) {
    if (!t || !quoted(*t)) continue;
    cursor.where = Cursor::Where::String;
    cursor.inside = {t->span.begin + 1, t->span.end - (is_closed(text, t->span) ? 1 : 0)};
    return cursor;
  }
  const bool in_token = behind != cursor.tokens.end() && behind->span.begin < at;
  const ByteOffset gap = cursor.before > 0 ? cursor.tokens[cursor.before - 1].span.end : region.begin;
  if (!in_token && in_comment(text, gap, at)) cursor.where = Cursor::Where::Comment;
  return cursor;
}

bool find_open_call(const Cursor& cursor, OpenCall& found) {
  if (cursor.where == Cursor::Where::Comment) return false;
  // Inside a token (a string, the middle of a word) what counts is what is before it.
  std::size_t count = cursor.before;
  while (count < cursor.tokens.size() && cursor.tokens[count].span.end <= cursor.at) ++count;
  std::size_t depth = 0, commas = 0;
  for (std::size_t i = count; i-- > 0;) {
    const Token& t = cursor.tokens[i];
    if (t.kind != TokenKind::Punct) continue;
    if (t.text == ")" || t.text == "]" || t.text == "}") {
      ++depth;
    } else if (t.text == "(" || t.text == "[" || t.text == "{") {
      if (depth > 0) {
        --depth;
        continue;
      }
      if (t.text == "{") {
        // An object among the arguments, or the body of a function: in a body nobody asks for arguments.
        const bool object = i > 0 && (cursor.tokens[i - 1].text == "(" || cursor.tokens[i - 1].text == "," ||
                                      cursor.tokens[i - 1].text == ":" || cursor.tokens[i - 1].text == "[");
        if (!object) return false;
      }
      commas = t.text == "(" ? commas : 0;
      if (t.text != "(" || i == 0) continue;
      const Token& callee = cursor.tokens[i - 1];
      const bool name = callee.kind == TokenKind::Word ||
                        (callee.kind == TokenKind::Reserved && i > 1 && cursor.tokens[i - 2].text == ".");
      const bool declared =
          i > 1 && (cursor.tokens[i - 2].text == "function" ||
                    (cursor.tokens[i - 2].text == "*" && i > 2 && cursor.tokens[i - 3].text == "function"));
      if ((name && !declared && callee.text != "fn") || callee.text == ")" || callee.text == "]") {
        found = {i, commas, &callee};
        return true;
      }
      commas = 0;
    } else if (depth == 0 && t.text == ",") {
      ++commas;
    } else if (depth == 0 && t.text == ";") {
      return false;
    }
  }
  return false;
}

}  // namespace ml::lsp
