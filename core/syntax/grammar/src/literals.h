#ifndef ML_SYNTAX_LITERALS_H_
#define ML_SYNTAX_LITERALS_H_

// Numbers, strings and the extent of templates (language.md sections 1.5 to 1.7). `mark`: whether to mark the
// end of the token; without it the text is only read ahead.

#include "cursor.h"
#include "token.h"

// How far and how deep a template is searched for its end before it is taken as terminated: keeps the search
// linear.
enum { MAX_TEMPLATE_AHEAD = 16384, MAX_TEMPLATE_DEPTH = 8 };

static inline void skip_digits(TSLexer* lexer) {
  while (is_digit(peek(lexer))) advance(lexer);
}

static inline enum Token end_number(TSLexer* lexer, bool mark) {
  bool malformed = is_word(peek(lexer));
  while (is_word(peek(lexer))) advance(lexer);
  if (mark) lexer->mark_end(lexer);
  return malformed ? MALFORMED_NUMBER : NUMBER;
}

// `[eE][+-]?[0-9]+` whose `e` is next.
static inline enum Token scan_exponent(TSLexer* lexer, bool mark) {
  advance(lexer);
  if (peek(lexer) == '+' || peek(lexer) == '-') {
    if (mark) lexer->mark_end(lexer);
    advance(lexer);
    if (!is_digit(peek(lexer))) return MALFORMED_NUMBER;  // up to the `e`
  } else if (!is_digit(peek(lexer))) {
    end_number(lexer, mark);
    return MALFORMED_NUMBER;
  }
  skip_digits(lexer);
  return end_number(lexer, mark);
}

static inline enum Token scan_based(TSLexer* lexer, int base, bool mark) {
  advance(lexer);
  bool any = false, good = true;
  while (is_word(peek(lexer))) {
    int32_t c = peek(lexer);
    any = true;
    if (base == 16) {
      good = good && (is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    } else {
      good = good && c >= '0' && c < '0' + base;
    }
    advance(lexer);
  }
  if (mark) lexer->mark_end(lexer);
  return any && good ? NUMBER : MALFORMED_NUMBER;
}

static inline enum Token scan_fraction(TSLexer* lexer, bool mark) {
  skip_digits(lexer);
  if (peek(lexer) == 'e' || peek(lexer) == 'E') return scan_exponent(lexer, mark);
  enum Token token = end_number(lexer, mark);
  if (token == NUMBER && peek(lexer) == '.') {  // 1.2.3
    advance(lexer);
    if (is_digit(peek(lexer))) {
      skip_digits(lexer);
      end_number(lexer, mark);
      return MALFORMED_NUMBER;
    }
  }
  return token;
}

// A digit is next. Without `mark`, `5.toFixed` is read up to behind its `.`.
static inline enum Token scan_number(TSLexer* lexer, bool mark) {
  bool zero = peek(lexer) == '0';
  advance(lexer);
  if (zero) {
    int32_t c = peek(lexer);
    if (c == 'x' || c == 'X') return scan_based(lexer, 16, mark);
    if (c == 'b' || c == 'B') return scan_based(lexer, 2, mark);
    if (c == 'o' || c == 'O') return scan_based(lexer, 8, mark);
  }
  skip_digits(lexer);
  if (peek(lexer) == 'e' || peek(lexer) == 'E') return scan_exponent(lexer, mark);
  if (peek(lexer) != '.') return end_number(lexer, mark);
  if (mark) lexer->mark_end(lexer);
  advance(lexer);
  if (peek(lexer) == 'e' || peek(lexer) == 'E') {  // an exponent, or a member whose name starts with e
    advance(lexer);
    if (peek(lexer) == '+' || peek(lexer) == '-') advance(lexer);
    if (!is_digit(peek(lexer))) return NUMBER;
    skip_digits(lexer);
    if (is_word(peek(lexer))) return NUMBER;
    if (mark) lexer->mark_end(lexer);
    return NUMBER;
  }
  if (is_letter(peek(lexer))) return NUMBER;
  return scan_fraction(lexer, mark);
}

// A quote is next. A string that is not closed ends with its first line; so does one that goes over several
// lines and has a word right behind its closing quote, because then that quote opens another string.
static inline enum Token scan_string(TSLexer* lexer) {
  int32_t quote = peek(lexer);
  bool first_line = true, closed = false;
  advance(lexer);
  while (!at_end(lexer)) {
    int32_t c = peek(lexer);
    if (first_line && (c == '\n' || c == '\r')) {
      lexer->mark_end(lexer);
      first_line = false;
    }
    advance(lexer);
    if (c == quote) {
      closed = true;
      break;
    }
    if (c == '\\' && !at_end(lexer)) {
      if (first_line && (peek(lexer) == '\n' || peek(lexer) == '\r')) {
        lexer->mark_end(lexer);
        first_line = false;
      }
      advance(lexer);
    }
  }
  if (closed && (first_line || !is_word(peek(lexer)))) {
    lexer->mark_end(lexer);
    while (is_blank(peek(lexer))) advance(lexer);
    return peek(lexer) == '/' ? STRING_BEFORE_SLASH : STRING;
  }
  if (first_line) lexer->mark_end(lexer);
  return UNTERMINATED_STRING;
}

// Reads ahead from behind an opening back quote. False when the template certainly is not closed.
static inline bool template_is_closed(TSLexer* lexer) {
  unsigned braces[MAX_TEMPLATE_DEPTH];  // open `{` inside the `${` of that level; 0: in its text
  unsigned depth = 0;
  braces[0] = 0;
  for (unsigned read = 0; read < MAX_TEMPLATE_AHEAD && !at_end(lexer); read++) {
    int32_t c = peek(lexer);
    if (braces[depth] == 0) {
      advance(lexer);
      if (c == '`') {
        if (depth == 0) return true;
        depth--;
      } else if (c == '\\') {
        advance(lexer);
      } else if (c == '$' && peek(lexer) == '{') {
        advance(lexer);
        braces[depth] = 1;
      }
      continue;
    }
    if (c == '"' || c == '\'') {
      bool newline = false;
      if (!skip_string(lexer, true, &newline)) continue;
    } else {
      advance(lexer);
      if (c == '{') braces[depth]++;
      if (c == '}') braces[depth]--;
      if (c == '`') {
        if (++depth == MAX_TEMPLATE_DEPTH) return true;
        braces[depth] = 0;
      }
    }
  }
  return !at_end(lexer);
}

#endif
