#ifndef ML_SYNTAX_CURSOR_H_
#define ML_SYNTAX_CURSOR_H_

// Reading characters and whole words ahead of the parser.

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tree_sitter/parser.h"

// A comment may be followed by at most so many others in one look ahead: keeps the scanner linear.
enum { MAX_COMMENTS_AHEAD = 64 };
enum { MAX_WORD = 12 };

static inline void advance(TSLexer* lexer) { lexer->advance(lexer, false); }
static inline int32_t peek(const TSLexer* lexer) { return lexer->lookahead; }
static inline bool at_end(const TSLexer* lexer) { return lexer->lookahead == 0 && lexer->eof(lexer); }

static inline bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static inline bool is_letter(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static inline bool is_word(int32_t c) { return is_letter(c) || is_digit(c); }
static inline bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }
static inline bool is_space(int32_t c) { return is_blank(c) || c == '\n'; }

// A word as far as it can be a keyword: longer ones are cut and equal none.
typedef struct {
  char text[MAX_WORD + 1];
} Word;

static inline Word read_word(TSLexer* lexer) {
  Word word;
  unsigned length = 0;
  while (is_word(peek(lexer))) {
    if (length < MAX_WORD) word.text[length++] = (char)peek(lexer);
    advance(lexer);
  }
  word.text[length] = 0;
  return word;
}

static inline bool word_is(const Word* word, const char* text) { return strcmp(word->text, text) == 0; }

static inline bool word_in(const Word* word, const char* const* words, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    if (word_is(word, words[i])) return true;
  }
  return false;
}
#define WORD_IN(word, words) word_in(word, words, sizeof(words) / sizeof(words[0]))

static const char* const LITERAL_WORDS[] = {"true", "false", "null", "undefined"};

// Reserved words that begin or continue a statement.
static const char* const STATEMENT_WORDS[] = {"if",      "elif",     "else",   "while",   "for",
                                              "break",   "continue", "return", "try",     "except",
                                              "finally", "throw",    "import", "nonlocal"};

static inline bool is_reserved(const Word* word) {
  return WORD_IN(word, STATEMENT_WORDS) || WORD_IN(word, LITERAL_WORDS) || word_is(word, "in") ||
         word_is(word, "function") || word_is(word, "fn");
}

// Reads to the end of the line, which is not consumed.
static inline void skip_line(TSLexer* lexer) {
  while (peek(lexer) != '\n' && !at_end(lexer)) advance(lexer);
}

// Reads the rest of a block comment after its `/*`. False when it is not closed.
static inline bool skip_block_comment(TSLexer* lexer, bool* newline) {
  while (!at_end(lexer)) {
    int32_t c = peek(lexer);
    advance(lexer);
    if (c == '\n') *newline = true;
    if (c == '*' && peek(lexer) == '/') {
      advance(lexer);
      return true;
    }
  }
  return false;
}

// Reads a string whose opening quote is next. False when it is not closed (on this line, if `one_line`).
static inline bool skip_string(TSLexer* lexer, bool one_line, bool* newline) {
  int32_t quote = peek(lexer);
  advance(lexer);
  while (!at_end(lexer)) {
    int32_t c = peek(lexer);
    if (c == '\n') {
      if (one_line) return false;
      *newline = true;
    }
    advance(lexer);
    if (c == quote) return true;
    if (c == '\\' && !at_end(lexer)) {
      if (peek(lexer) == '\n') {
        if (one_line) return false;
        *newline = true;
      }
      advance(lexer);
    }
  }
  return false;
}

#endif
