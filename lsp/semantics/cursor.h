#pragma once

// What stands around a place, by its tokens: works on text that does not parse, as while typing. Takes time
// for the item that holds the place.

#include <string_view>
#include <vector>

#include "core/ast/tokens.h"
#include "lsp/documents/revision.h"

namespace ml::lsp {

// Spans are offsets of the file.
struct Cursor {
  enum class Where : std::uint8_t { Code, Comment, String } where = Where::Code;
  ByteOffset at = 0;
  Span word;                       // the identifier that touches the place, or an empty span at it
  Span prefix;                     // the part of it before the place
  std::vector<ast::Token> tokens;  // of the item; in a `${...}` of what is between the braces
  std::size_t before = 0;          // how many of them end before the word
  Span inside;                     // String: what is between the quotes
  bool in_number = false;          // the word begins with a digit

  // The n-th token before the word, the nearest with 0; null when there are no more.
  const ast::Token* previous(std::size_t n = 0) const {
    return n < before ? &tokens[before - 1 - n] : nullptr;
  }
  bool previous_is(std::string_view text, std::size_t n = 0) const {
    const ast::Token* token = previous(n);
    return token && token->kind != ast::TokenKind::String && token->text == text;
  }
};
Cursor cursor_at(const Revision& revision, ByteOffset at);

// The call whose arguments hold the cursor: the innermost `(` before it that is not closed and belongs to a
// call.
struct OpenCall {
  std::size_t paren = 0;               // index of the `(` in Cursor::tokens
  std::size_t commas = 0;              // at depth 0 before the cursor
  const ast::Token* callee = nullptr;  // last token of what is called: a name, `)` or `]`
};
bool find_open_call(const Cursor& cursor, OpenCall& found);

bool is_word_byte(char c);

}  // namespace ml::lsp
