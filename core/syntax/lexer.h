#pragma once

// What the scanner and the generated lexer read a text with: tree-sitter's lexer (TSLexer in its parser.h),
// for a text that is in memory as a whole. Private to core/syntax.

#include <tree_sitter/api.h>

#include <cstdint>
#include <string_view>

#include "core/syntax/internals.h"
#include "core/text/span.h"

namespace ml::syntax {

class Lexer {
 public:
  // The text must outlive it and be no longer than kMaxSize.
  explicit Lexer(std::string_view text);
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  // Begins the look for a token at `at`: with `forget`, it is the first one for this token.
  void start(ByteOffset at, bool forget);
  // Ends it. What it found is between token_begin and token_end if there was something.
  void finish();

  TSLexer* interface() { return &functions_; }
  TSSymbol symbol() const { return functions_.result_symbol; }
  ByteOffset token_begin() const { return token_begin_; }
  ByteOffset token_end() const { return token_end_; }
  // Behind the last byte that any look for this token has read, which may be one behind the text.
  ByteOffset read_end() const { return read_end_; }
  // Whether it met bytes that are no UTF-8, or was asked for a column.
  bool is_lost() const { return is_lost_; }

 private:
  static constexpr ByteOffset kNowhere = UINT32_MAX;

  static Lexer& of(TSLexer* functions) { return *reinterpret_cast<Lexer*>(functions); }
  static const Lexer& of(const TSLexer* functions) { return *reinterpret_cast<const Lexer*>(functions); }
  static void advance(TSLexer* functions, bool skip);
  static void mark_end(TSLexer* functions);
  static std::uint32_t get_column(TSLexer* functions);
  static bool is_at_included_range_start(const TSLexer* functions);
  static bool eof(const TSLexer* functions);
  void look();
  void decode();

  TSLexer functions_;  // first, so that of() finds the rest
  const unsigned char* text_;
  ByteOffset size_, at_ = 0, width_ = 0;
  ByteOffset token_begin_ = 0, token_end_ = 0, read_end_ = 0;
  bool is_lost_ = false;
};

}  // namespace ml::syntax
