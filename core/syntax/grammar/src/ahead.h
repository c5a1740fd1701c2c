#ifndef ML_SYNTAX_AHEAD_H_
#define ML_SYNTAX_AHEAD_H_

// Decisions that need to look further than one token (language.md sections 1.3, 1.4 and 2.2). All of them
// only read; the caller has marked the end of the token.

#include "literals.h"

// After `//`: whether the rest of the line reads as a divisor (section 1.3, rule C).
static inline bool rest_is_divisor(TSLexer* lexer) {
  bool any = false, operand = false, dot = false;
  unsigned depth = 0;
  for (;;) {
    while (is_blank(peek(lexer))) advance(lexer);
    int32_t c = peek(lexer);
    if (c == '\n' || c == ';' || c == '#' || at_end(lexer)) break;
    if (!any && !is_word(c) && c != '(' && c != '-' && c != '.') return false;
    bool after_dot = dot, after_operand = operand;
    dot = operand = false;
    if (is_letter(c)) {
      Word word = read_word(lexer);
      bool literal = WORD_IN(&word, LITERAL_WORDS);
      operand = after_dot || literal || !is_reserved(&word);
      if (!any && (literal || !operand)) return false;
      if (operand && after_operand) return false;
    } else if (is_digit(c)) {
      if (after_operand) return false;
      if (scan_number(lexer, false) == MALFORMED_NUMBER) return false;
      dot = is_letter(peek(lexer));  // `5.toFixed`
      operand = !dot;
    } else {
      switch (c) {
        case '"':
        case '\'':
        case '`': {
          bool newline = false;
          if (after_operand || !skip_string(lexer, true, &newline)) return false;
          operand = true;
          break;
        }
        case '(':
        case '[':
        case '{':
          advance(lexer);
          depth++;
          break;
        case ')':
        case ']':
        case '}':
          if (depth == 0) return any && !after_dot;
          depth--;
          advance(lexer);
          operand = c != '}';
          break;
        case '/':
          advance(lexer);
          if (peek(lexer) == '/' || peek(lexer) == '*') return any && !after_dot;
          break;
        case '!':
          advance(lexer);
          if (after_operand && peek(lexer) != '=') return false;
          break;
        case '.':
          advance(lexer);
          if (is_digit(peek(lexer))) {
            if (after_operand) return false;
            skip_digits(lexer);
            operand = true;
          } else if (!any) {
            return false;
          } else {
            dot = true;
          }
          break;
        case '&':
        case '|':
          advance(lexer);
          if (peek(lexer) != c) return false;
          advance(lexer);
          break;
        case '+':
        case '-':
        case '*':
        case '%':
        case '<':
        case '>':
        case '=':
        case '?':
        case ':':
        case ',': advance(lexer); break;
        default: return false;
      }
    }
    any = true;
  }
  return any && !dot;
}

// White space and comments, where `//` cannot be a division. False when a `/` is next (already read) that is
// neither.
static inline bool skip_gap(TSLexer* lexer, bool* newline) {
  for (unsigned comments = 0; comments <= MAX_COMMENTS_AHEAD;) {
    int32_t c = peek(lexer);
    if (is_space(c)) {
      if (c == '\n') *newline = true;
      advance(lexer);
    } else if (c == '#') {
      comments++;
      skip_line(lexer);
    } else if (c == '/') {
      comments++;
      advance(lexer);
      if (peek(lexer) == '*') {
        advance(lexer);
        skip_block_comment(lexer, newline);
      } else if (peek(lexer) == '/') {
        skip_line(lexer);
      } else {
        return false;
      }
    } else {
      return true;
    }
  }
  return true;
}

// The same behind a word, where `//` on the same line is looked at later, once: a chain of them would be read
// again from every word.
static inline bool skip_gap_behind_word(TSLexer* lexer, bool* newline) {
  while (is_blank(peek(lexer))) advance(lexer);
  if (peek(lexer) != '/') return skip_gap(lexer, newline);
  advance(lexer);
  if (peek(lexer) != '*') return false;
  advance(lexer);
  return skip_block_comment(lexer, newline) && skip_gap(lexer, newline);
}

// After the `{` that follows `=>`, or one that starts a statement: an object literal or a block? At a
// statement also the mistakes `{x}`, `{x, y}`, `{...o}` and `{[k]: v}` are objects: a pattern looks like the
// first two.
static inline bool brace_is_object(TSLexer* lexer, bool statement) {
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  int32_t c = peek(lexer);
  if (c == '}') return true;
  if (is_word(c)) {
    while (is_word(peek(lexer)) || peek(lexer) == '.') advance(lexer);
  } else if (c == '"' || c == '\'') {
    if (!skip_string(lexer, false, &newline)) return false;
  } else {
    return statement && (c == '.' || c == '[');
  }
  if (!skip_gap(lexer, &newline)) return false;
  c = peek(lexer);
  return c == ':' || (statement && (c == ',' || c == '}'));
}

// How much of a default value is read in search of the `)` before `=>`.
enum { MAX_DEFAULT_AHEAD = 512 };

// After `(` where an expression may start: does it open the parameters of an arrow function?
static inline bool parenthesis_is_arrow(TSLexer* lexer) {
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  int32_t c = peek(lexer);
  if (c == '.') return true;  // `(...rest)`: `.5` is the only other thing, and needs a digit
  if (is_letter(c)) {
    read_word(lexer);
    if (!skip_gap(lexer, &newline)) return false;
    c = peek(lexer);
    if (c == ',' || c == ':') return true;
    if (c == '=') {
      advance(lexer);
      if (peek(lexer) == '=') return false;
      unsigned depth = 0;
      for (unsigned read = 0; !at_end(lexer); read++) {
        if (read > MAX_DEFAULT_AHEAD) return depth == 0;
        c = peek(lexer);
        if (c == ')' && depth == 0) break;
        if (c == '"' || c == '\'') {
          skip_string(lexer, false, &newline);
          continue;
        }
        if (c == ';') return false;
        if (c == '(' || c == '[' || c == '{') depth++;
        if ((c == ')' || c == ']' || c == '}') && depth > 0) depth--;
        advance(lexer);
      }
      c = peek(lexer);
    }
  }
  if (c != ')') return false;
  advance(lexer);
  if (!skip_gap(lexer, &newline)) return false;
  if (peek(lexer) != '=') return false;
  advance(lexer);
  return peek(lexer) == '>';
}

// After `(`: `(…)` or nothing, then `{`, as behind `catch`.
static inline bool clause_follows(TSLexer* lexer) {
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  if (peek(lexer) == '(') {
    advance(lexer);
    if (!skip_gap(lexer, &newline)) return false;
    read_word(lexer);
    if (!skip_gap(lexer, &newline) || peek(lexer) != ')') return false;
    advance(lexer);
    if (!skip_gap(lexer, &newline)) return false;
  }
  return peek(lexer) == '{';
}

// How much of a condition is read in search of its `)`.
enum { MAX_CONDITION_AHEAD = 512 };

// After a word such as `elseif`: `(…)`, then something that begins a body and cannot follow a call.
static inline bool condition_follows(TSLexer* lexer) {
  bool newline = false;
  if (peek(lexer) != '(') return false;
  unsigned depth = 0;
  for (unsigned read = 0; read <= MAX_CONDITION_AHEAD && !at_end(lexer); read++) {
    int32_t c = peek(lexer);
    if (c == '"' || c == '\'') {
      skip_string(lexer, false, &newline);
      continue;
    }
    advance(lexer);
    if (c == '(') depth++;
    if (c == ')' && --depth == 0) {
      if (!skip_gap(lexer, &newline)) return false;
      c = peek(lexer);
      return is_word(c) || c == '{';
    }
  }
  return false;
}

static inline bool starts_operand(int32_t c) { return is_word(c) || c == '"' || c == '\'' || c == '`'; }

// After `function` at a statement: a declaration, because a name follows?
static inline bool function_is_declaration(TSLexer* lexer) {
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  if (peek(lexer) == '*') {
    advance(lexer);
    if (!skip_gap(lexer, &newline)) return false;
  }
  return is_letter(peek(lexer));
}

// After `let`, `const`, `var`. A reserved word on the same line is taken for the (wrong) name.
static inline bool declaration_follows(TSLexer* lexer, bool newline) {
  if (!skip_gap(lexer, &newline)) return false;
  int32_t c = peek(lexer);
  if (c == '[' || c == '{') return true;
  if (!is_letter(c)) return false;
  Word name = read_word(lexer);
  return newline ? !is_reserved(&name) : !word_is(&name, "in");
}

// After `capability` at a statement.
static inline bool capability_follows(TSLexer* lexer) {
  bool newline = false;
  if (!skip_gap(lexer, &newline) || !is_letter(peek(lexer))) return false;
  read_word(lexer);
  if (!skip_gap(lexer, &newline)) return false;
  return peek(lexer) == '{' || peek(lexer) == '.';
}

// After a word such as `not` or `new`: an operand follows on the same line, where none can.
static inline bool operand_follows(TSLexer* lexer) {
  while (is_blank(peek(lexer))) advance(lexer);
  if (!starts_operand(peek(lexer))) return false;
  if (!is_letter(peek(lexer))) return true;
  Word word = read_word(lexer);
  return !word_is(&word, "and") && !word_is(&word, "or") && !word_is(&word, "in") && !word_is(&word, "for");
}

// After a word that starts a line inside an open bracket, behind an operand: a new statement, because it is a
// keyword or an assignment follows?
static inline bool statement_follows(TSLexer* lexer, const Word* word) {
  if (WORD_IN(word, STATEMENT_WORDS) && !word_is(word, "for") && !word_is(word, "if")) return true;
  if (word_is(word, "let") || word_is(word, "const") || word_is(word, "var") || word_is(word, "function"))
    return true;
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  if (word_is(word, "for") || word_is(word, "if")) return peek(lexer) == '(';
  if (peek(lexer) != '=') return false;
  advance(lexer);
  return peek(lexer) != '=' && peek(lexer) != '>';
}

// After the word `yield` at a statement: a keyword, or a name? (Outside generators the AST builder takes it
// back.)
static inline bool yield_is_keyword(TSLexer* lexer) {
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  int32_t c = peek(lexer);
  switch (c) {
    case '=':
    case '*':
    case '%':
    case '<':
    case '>':
    case '&':
    case '|':
    case '?':
    case ':':
    case ',':
    case ')':
    case ']': return false;
    case '.': advance(lexer); return is_digit(peek(lexer));
    case '!': advance(lexer); return peek(lexer) != '=';
    default: return true;
  }
}

#endif
