#include "core/syntax/lexer.h"

#include <type_traits>

#include "core/text/utf8.h"

namespace ml::syntax {

inline void Lexer::look() {
  width_ = 1;
  if (at_ == size_) {
    functions_.lookahead = 0;
  } else if (text_[at_] < 0x80) {
    functions_.lookahead = text_[at_];
  } else {
    decode();
  }
}

Lexer::Lexer(std::string_view text)
    : functions_{0, 0, advance, mark_end, get_column, is_at_included_range_start, eof},
      text_(reinterpret_cast<const unsigned char*>(text.data())),
      size_(static_cast<ByteOffset>(text.size())) {
  static_assert(std::is_standard_layout_v<Lexer>);
  look();
}

void Lexer::start(ByteOffset at, bool forget) {
  if (at != at_) {
    at_ = at;
    look();
  }
  if (forget) read_end_ = 0;
  token_begin_ = at;
  token_end_ = kNowhere;
  functions_.result_symbol = 0;
}

void Lexer::finish() {
  if (token_end_ == kNowhere) token_end_ = at_;
  if (at_ + 1 > read_end_) read_end_ = at_ + 1;
}

void Lexer::advance(TSLexer* functions, bool skip) {
  Lexer& self = of(functions);
  if (self.at_ == self.size_) return;
  self.at_ += self.width_;
  if (skip) self.token_begin_ = self.at_;
  self.look();
}

void Lexer::mark_end(TSLexer* functions) { of(functions).token_end_ = of(functions).at_; }

std::uint32_t Lexer::get_column(TSLexer* functions) {
  of(functions).is_lost_ = true;
  return 0;
}

bool Lexer::is_at_included_range_start(const TSLexer* functions) { return of(functions).at_ == 0; }

bool Lexer::eof(const TSLexer* functions) { return of(functions).at_ == of(functions).size_; }

void Lexer::decode() {
  const DecodedPoint found = decode_utf8({reinterpret_cast<const char*>(text_), size_}, at_);
  if (!found.valid) is_lost_ = true;
  functions_.lookahead = static_cast<std::int32_t>(found.point);
  width_ = found.size;
}

}  // namespace ml::syntax
