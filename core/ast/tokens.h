#pragma once

// Tokens of a stretch of source that the parser refused, for core/ast/explain.h. Files without syntax errors
// never come here. Follows language.md section 1, reports its lexical findings (ML0002 to ML0006) and makes a
// token of what was probably meant, so that one mistake gives one finding.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/diag/sink.h"
#include "core/text/span.h"

namespace ml::ast {

enum class TokenKind : std::uint8_t { Word, Reserved, Number, String, Template, Punct, End };

struct Token {
  static constexpr std::uint32_t kNoMatch = 0xFFFFFFFF;

  TokenKind kind = TokenKind::End;
  bool newline_before = false;  // first on its line
  bool glued = false;           // nothing between it and the token before
  bool after_finding = false;   // a lexical finding lies between it and the token before, or in it
  Span span;
  std::string_view text;
  std::uint32_t match = kNoMatch;           // brackets: the index of the partner
  std::uint32_t holes = 0, hole_count = 0;  // templates: the `${…}` in TokenList::holes
};

struct TokenList {
  std::vector<Token> tokens;  // the last is End, at the end of the region
  std::vector<Span> holes;    // between `${` and `}`
  bool too_deep = false;      // templates nested beyond reason
};

enum class ScanMode : std::uint8_t {
  File,
  Hole
};  // in a hole `//` is always floor division and `#` no comment

// Spans and findings are offsets of `text`.
TokenList scan(std::string_view text, Span region, ScanMode mode, DiagSink& sink);

// Pairs brackets. Where they do not come out even, a `;` ends open `(` and `[` (headers of `for` excepted),
// and the indentation of a `}` says which `{` it closes.
void match_brackets(std::string_view text, std::vector<Token>& tokens);

std::span<const std::string_view> reserved_words();
bool is_reserved(std::string_view word);

}  // namespace ml::ast
