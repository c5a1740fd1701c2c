// The external scanner of the ML grammar: literals, comments, and every decision that needs more than one
// token of look ahead. Called before the generated lexer; false leaves the token to that lexer.
//
// The state is the number of open templates (code inside one is inside its `${…}`, where `//` is always a
// division, language.md 1.3), and whether the next token is a `//` comment. The latter is a state and not
// only a look at what the parser expects, because an incremental parse that reuses a node asks for the token
// behind it in another state.
//
// tree-sitter 0.20 cannot hold a node of more than 65535 children. Only comments and unexpected characters
// can be so many: they may stand anywhere, and those between two tokens become children of one node. After
// MAX_EXTRAS of them in a row the next takes all that follow with it. Their number is not part of the state:
// an incremental parse counts what it scans.

#include <stdlib.h>

#include "ahead.h"
#include "cursor.h"
#include "literals.h"
#include "token.h"

typedef struct {
  uint8_t templates;
  bool before_comment;  // set by NO_FLOOR_DIVISION, which is emitted right before the comment
  unsigned extras;      // comments and unexpected characters since the last other token
} Scanner;

enum { MAX_TEMPLATES = 127, MAX_EXTRAS = 20000 };

static inline bool emit(TSLexer* lexer, enum Token token) {
  lexer->result_symbol = (TSSymbol)token;
  return true;
}

static inline bool emit_here(TSLexer* lexer, enum Token token) {
  lexer->mark_end(lexer);
  return emit(lexer, token);
}

static bool scan_template_text(Scanner* scanner, TSLexer* lexer) {
  bool any = false;
  while (!at_end(lexer)) {
    int32_t c = peek(lexer);
    if (c == '`') {
      if (any) return emit_here(lexer, TEMPLATE_CHARS);
      advance(lexer);
      if (scanner->templates > 0) scanner->templates--;
      return emit_here(lexer, TEMPLATE_END);
    }
    if (c == '$') {
      lexer->mark_end(lexer);
      advance(lexer);
      if (peek(lexer) == '{') {
        if (any) return emit(lexer, TEMPLATE_CHARS);
        advance(lexer);
        return emit_here(lexer, SUBSTITUTION_BEGIN);
      }
    } else {
      advance(lexer);
      if (c == '\\' && !at_end(lexer)) advance(lexer);
    }
    any = true;
  }
  return any && emit_here(lexer, TEMPLATE_CHARS);
}

// A block comment that goes over several lines may have a `//` behind it that is the first token of its line:
// the line comment becomes part of it, because the next call could not know.
static bool scan_block_comment(TSLexer* lexer, bool in_substitution) {
  bool newline = false;
  advance(lexer);
  if (!skip_block_comment(lexer, &newline)) return emit_here(lexer, UNTERMINATED_COMMENT);
  lexer->mark_end(lexer);
  if (newline && !in_substitution) {
    while (is_blank(peek(lexer))) advance(lexer);
    if (peek(lexer) == '/') {
      advance(lexer);
      if (peek(lexer) == '/') {
        skip_line(lexer);
        lexer->mark_end(lexer);
      }
    }
  }
  return emit(lexer, COMMENT);
}

static bool scan_slash(Scanner* scanner, TSLexer* lexer, const bool* valid, bool newline, bool error) {
  bool in_statement = valid[AT_STATEMENT] || valid[MISSING_SEMICOLON];
  bool in_substitution = scanner->templates > 0 && !in_statement;
  advance(lexer);
  if (peek(lexer) == '*') return scan_block_comment(lexer, in_substitution);
  if (peek(lexer) != '/') return false;
  advance(lexer);
  if (in_substitution) return valid[FLOOR_DIVISION] && emit_here(lexer, FLOOR_DIVISION);
  if (scanner->before_comment) {
    scanner->before_comment = false;
  } else if (valid[FLOOR_DIVISION] && !newline) {
    if (valid[NO_FLOOR_DIVISION] && !error) {
      scanner->before_comment = true;
      return emit(lexer, NO_FLOOR_DIVISION);  // without width, where the scan began
    }
    lexer->mark_end(lexer);
    if (rest_is_divisor(lexer)) return emit(lexer, FLOOR_DIVISION);
  }
  skip_line(lexer);
  if (valid[AT_STATEMENT] && !error) scanner->templates = 0;
  return emit_here(lexer, COMMENT);
}

static const char* const ELSEIF_WORDS[] = {"elseif", "elsif"};
static const char* const PREFIX_WORDS[] = {"not", "new", "await", "async", "export", "from", "class"};

// Where an operand or a declaration may start: a word that is a keyword only there and only before certain
// tokens. The end of the word is marked, white space behind it is read.
static bool scan_contextual_word(Scanner* scanner, TSLexer* lexer, const bool* valid, const Word* word,
                                 bool newline, bool error) {
  switch (word->text[0]) {
    case 'a':
    case 'c':
    case 'e':
    case 'f':
    case 'l':
    case 'n':
    case 'v':
    case 'y': break;
    default: return false;
  }
  if (valid[FUNCTION_KEYWORD] && word_is(word, "function")) {
    if (!function_is_declaration(lexer)) return false;
    if (!error) scanner->templates = 0;
    return emit(lexer, FUNCTION_KEYWORD);
  }
  if (valid[DECLARE_KEYWORD] && (word_is(word, "let") || word_is(word, "const") || word_is(word, "var"))) {
    return declaration_follows(lexer, newline) && emit(lexer, DECLARE_KEYWORD);
  }
  if (valid[YIELD_KEYWORD] && word_is(word, "yield")) {
    return yield_is_keyword(lexer) && emit(lexer, YIELD_KEYWORD);
  }
  if (valid[CAPABILITY_KEYWORD] && word_is(word, "capability")) {
    return capability_follows(lexer) && emit(lexer, CAPABILITY_KEYWORD);
  }
  if (error) return false;
  // The text alone decides, not whether a clause may stand here: see "Chunks" in ../README.md.
  if (valid[AT_STATEMENT] && word_is(word, "catch")) {
    return clause_follows(lexer) && emit(lexer, CATCH_KEYWORD);
  }
  if (valid[AT_STATEMENT] && WORD_IN(word, ELSEIF_WORDS)) {
    return condition_follows(lexer) && emit(lexer, ELSEIF_KEYWORD);
  }
  if (valid[PREFIX_WORD] && WORD_IN(word, PREFIX_WORDS)) {
    return !newline && operand_follows(lexer) && emit(lexer, PREFIX_WORD);
  }
  return false;
}

// The rest of scan_word, and of scan_mark before a word that has no mark.
static bool scan_behind_word(Scanner* scanner, TSLexer* lexer, const bool* valid, const Word* word,
                             bool error) {
  lexer->mark_end(lexer);
  bool newline = false, found = false;
  if (skip_gap_behind_word(lexer, &newline)) {
    if (valid[ARROW_NAME] && peek(lexer) == '=') {
      advance(lexer);
      found = peek(lexer) == '>' && emit(lexer, ARROW_NAME);
    } else {
      found = scan_contextual_word(scanner, lexer, valid, word, newline, error);
    }
  }
  // The generated lexer knows no identifiers in this state: every one of them could be a keyword.
  return found || (error && !is_reserved(word) && emit(lexer, IDENTIFIER));
}

static const char* const CONTINUING_WORDS[] = {"else", "elif", "except", "finally"};

// A chunk holds so many top-level statements on average. The text decides, so that an edit moves no other
// end.
enum { CHUNK_LENGTH = 16, CHUNK_KEY = 32 };

// Before a word that begins a top-level statement. The end of a token without width is marked. A mark has to
// be emitted in any case if the word may need a token of the scanner, because it has been read now.
static bool scan_mark(Scanner* scanner, TSLexer* lexer, const bool* valid) {
  Word word;
  unsigned length = 0, read = 0;
  uint32_t hash = 0;
  for (; is_word(peek(lexer)); read++) {
    if (length < MAX_WORD) word.text[length++] = (char)peek(lexer);
    hash = (hash ^ (uint32_t)peek(lexer)) * 0x9e3779b1u;
    advance(lexer);
  }
  word.text[length] = 0;
  if (WORD_IN(&word, CONTINUING_WORDS)) return false;
  if (word_is(&word, "catch") || WORD_IN(&word, ELSEIF_WORDS)) {
    return scan_behind_word(scanner, lexer, valid, &word, false);
  }
  for (; read < CHUNK_KEY && !at_end(lexer); read++) {
    hash = (hash ^ (uint32_t)peek(lexer)) * 0x9e3779b1u;
    hash ^= hash >> 15;
    advance(lexer);
  }
  return emit(lexer, (hash >> 16) % CHUNK_LENGTH == 0 ? CHUNK_END : ITEM_MARK);
}

// A word that is more than an identifier to the generated lexer. `error`: the parser is looking for a place
// to resume.
static bool scan_word(Scanner* scanner, TSLexer* lexer, const bool* valid, bool newline, bool error) {
  bool at_operand = valid[NUMBER];
  if (!at_operand && !valid[DECLARE_KEYWORD]) {  // behind an operand, or where only a name may stand
    if (!valid[MISSING_SEMICOLON] && !valid[INFIX_WORD]) return false;
    Word word = read_word(lexer);
    if (valid[INFIX_WORD] && !(newline && valid[MISSING_SEMICOLON]) &&
        (word_is(&word, "and") || word_is(&word, "or"))) {
      return emit_here(lexer, INFIX_WORD);
    }
    if (valid[MISSING_CLOSE] && newline && !error && statement_follows(lexer, &word))
      return emit(lexer, MISSING_CLOSE);
    if (!valid[MISSING_SEMICOLON] || (valid[AT_ACTION] && !newline)) return false;
    if (valid[AT_ALIAS] && (word_is(&word, "as") || word_is(&word, "from"))) return false;
    return emit(lexer, MISSING_SEMICOLON);
  }
  bool missing =
      newline && !error && !valid[AT_STATEMENT] && (valid[MISSING_SEMICOLON] || valid[MISSING_EXPRESSION]);
  Word word = read_word(lexer);
  if (missing && WORD_IN(&word, STATEMENT_WORDS)) {
    return emit(lexer, valid[MISSING_SEMICOLON] ? MISSING_SEMICOLON : MISSING_EXPRESSION);
  }
  return scan_behind_word(scanner, lexer, valid, &word, error);
}

static bool scan_brace(TSLexer* lexer, const bool* valid, bool error) {
  if (!valid[BLOCK_BRACE]) {
    if (valid[NUMBER] || error) return false;
    if (valid[MISSING_SEMICOLON]) return emit(lexer, MISSING_SEMICOLON);
    return valid[MISSING_CLOSE] && emit(lexer, MISSING_CLOSE);
  }
  advance(lexer);
  lexer->mark_end(lexer);
  bool certain = !error && (!valid[NUMBER] || valid[MISSING_STATEMENT]);
  if (!certain && brace_is_object(lexer, valid[AT_STATEMENT])) return false;
  return emit(lexer, BLOCK_BRACE);
}

static bool scan_update(TSLexer* lexer, const bool* valid) {
  if (!valid[UPDATE_OPERATOR]) return false;
  int32_t sign = peek(lexer);
  advance(lexer);
  if (peek(lexer) != sign) return false;
  advance(lexer);
  lexer->mark_end(lexer);
  bool newline = false;
  if (!skip_gap(lexer, &newline)) return false;
  switch (peek(lexer)) {
    case ';':
    case ')':
    case ']':
    case '}':
    case ',': return emit(lexer, UPDATE_OPERATOR);
    default: return at_end(lexer) && emit(lexer, UPDATE_OPERATOR);
  }
}

static bool scan_template_begin(Scanner* scanner, TSLexer* lexer) {
  advance(lexer);
  lexer->mark_end(lexer);
  if (!template_is_closed(lexer)) return emit(lexer, UNTERMINATED_TEMPLATE_BEGIN);
  if (scanner->templates < MAX_TEMPLATES) scanner->templates++;
  return emit(lexer, TEMPLATE_BEGIN);
}

static bool scan(Scanner* scanner, TSLexer* lexer, const bool* valid) {
  const bool error = valid[IN_ERROR];
  if (!error) {
    if (valid[TEMPLATE_CHARS]) return scan_template_text(scanner, lexer);
    if (valid[TEMPLATE_REST]) {
      skip_line(lexer);
      return emit_here(lexer, TEMPLATE_REST);
    }
  }

  lexer->mark_end(lexer);  // where the tokens without width stand
  bool newline = false;
  while (is_space(peek(lexer))) {
    if (peek(lexer) == '\n') newline = true;
    lexer->advance(lexer, true);
  }

  const int32_t c = peek(lexer);
  const bool lacks_semicolon = valid[MISSING_SEMICOLON] && !valid[NUMBER];
  const bool lacks_close =
      valid[MISSING_CLOSE] && valid[FLOOR_DIVISION] && !error;  // if the expression ends here
  const bool lacks_expression =
      valid[MISSING_EXPRESSION] && !valid[MAY_END] && !valid[AT_STATEMENT] && !error;

  if (valid[MISSING_OPEN] && !error && (starts_operand(c) || c == '!' || c == '-' || c == '[')) {
    return emit(lexer, MISSING_OPEN);
  }
  if (valid[MISSING_NAME] && !error && !is_letter(c) && c != '/' && c != '#')
    return emit(lexer, MISSING_NAME);
  if (is_letter(c)) {
    if (valid[CHUNK_END] && !error) return scan_mark(scanner, lexer, valid);
    return scan_word(scanner, lexer, valid, newline, error);
  }
  if (is_digit(c)) {
    if (valid[NUMBER]) return emit(lexer, scan_number(lexer, true));
    return lacks_semicolon && emit(lexer, MISSING_SEMICOLON);
  }
  switch (c) {
    case '/': return scan_slash(scanner, lexer, valid, newline, error);
    case '#':
      skip_line(lexer);
      if (valid[AT_STATEMENT] && !error) scanner->templates = 0;
      return emit_here(lexer, COMMENT);
    case '"':
    case '\'':
      if (valid[STRING]) return emit(lexer, scan_string(lexer));
      return lacks_semicolon && emit(lexer, MISSING_SEMICOLON);
    case '`':
      if (valid[TEMPLATE_BEGIN]) return scan_template_begin(scanner, lexer);
      return lacks_semicolon && emit(lexer, MISSING_SEMICOLON);
    case '(':
      if (!valid[ARROW_PARENTHESIS]) return false;
      advance(lexer);
      lexer->mark_end(lexer);
      return parenthesis_is_arrow(lexer) && emit(lexer, ARROW_PARENTHESIS);
    case '{': return scan_brace(lexer, valid, error);
    case '}':
      if (valid[MISSING_STATEMENT] && !error) return emit(lexer, MISSING_STATEMENT);
      if (lacks_expression) return emit(lexer, MISSING_EXPRESSION);
      if (lacks_close) return emit(lexer, MISSING_CLOSE);
      return valid[AUTOMATIC_SEMICOLON] && !error && emit(lexer, AUTOMATIC_SEMICOLON);
    case ',':  // even where an expression is optional
      if (lacks_semicolon) return !valid[AT_LIST] && !error && emit(lexer, MISSING_SEMICOLON);
      return valid[MISSING_EXPRESSION] && !valid[AT_STATEMENT] && !error && emit(lexer, MISSING_EXPRESSION);
    case ';':
      if (lacks_close) return emit(lexer, MISSING_CLOSE);
      return lacks_expression && emit(lexer, MISSING_EXPRESSION);
    case ')':
    case ']':
    case ':':
      if (lacks_semicolon && !error) return emit(lexer, MISSING_SEMICOLON);
      return lacks_expression && emit(lexer, MISSING_EXPRESSION);
    case '.':
      if (!valid[NUMBER]) return false;
      advance(lexer);
      return is_digit(peek(lexer)) && emit(lexer, scan_fraction(lexer, true));
    case '+':
    case '-': return scan_update(lexer, valid);
    case '!':
      if (!lacks_semicolon) return false;
      advance(lexer);
      return peek(lexer) != '=' && emit(lexer, MISSING_SEMICOLON);
    case '[':
    case '=':
    case '*':
    case '%':
    case '<':
    case '>':
    case '?': return false;
    case '&':
    case '|':
    case '^':
      if (valid[FLOOR_DIVISION]) return false;
      advance(lexer);
      if (c != '^' && peek(lexer) == c) return false;
      return emit_here(lexer, UNEXPECTED_CHARACTER);
    case '~':
      if (valid[NUMBER]) return false;
      break;
    case '@':
      if (valid[AT_STATEMENT]) return false;
      break;
    case 0:
      if (!lexer->eof(lexer)) break;
      if (error) return false;
      if (valid[MISSING_STATEMENT]) return emit(lexer, MISSING_STATEMENT);
      if (lacks_expression) return emit(lexer, MISSING_EXPRESSION);
      if (valid[AUTOMATIC_SEMICOLON]) return emit(lexer, AUTOMATIC_SEMICOLON);
      return valid[MISSING_CLOSE] && emit(lexer, MISSING_CLOSE);
    default: break;
  }
  advance(lexer);
  return emit_here(lexer, UNEXPECTED_CHARACTER);
}

// Neither the begin of a token nor of a comment.
static inline bool is_unexpected(int32_t c) {
  return !is_word(c) && !is_space(c) && (c > 127 || c == 0 || !strchr("/#\"'`(){}[],;:.+-!=*%<>?&|", c));
}

// Takes the comments and unexpected characters that follow into the token.
static void take_extras(TSLexer* lexer) {
  for (;;) {
    while (is_space(peek(lexer))) advance(lexer);
    if (at_end(lexer)) return;
    const int32_t c = peek(lexer);
    const bool bitwise = c == '&' || c == '|';
    if (!bitwise && c != '#' && c != '/' && !is_unexpected(c)) return;
    advance(lexer);
    if (bitwise && peek(lexer) == c) return;
    if (c == '#') skip_line(lexer);
    if (c == '/') {
      bool newline = false;
      const bool block = peek(lexer) == '*';
      if (!block && peek(lexer) != '/') return;
      advance(lexer);
      if (!block) skip_line(lexer);
      if (block && !skip_block_comment(lexer, &newline)) return;
    }
    lexer->mark_end(lexer);
  }
}

static bool scan_and_count(Scanner* scanner, TSLexer* lexer, const bool* valid) {
  const bool found = scan(scanner, lexer, valid);
  const bool extra =
      found && (lexer->result_symbol == COMMENT || lexer->result_symbol == UNEXPECTED_CHARACTER);
  scanner->extras = extra ? scanner->extras + 1 : 0;
  if (scanner->extras > MAX_EXTRAS) take_extras(lexer);
  return found;
}

void* tree_sitter_ml_external_scanner_create(void);
void tree_sitter_ml_external_scanner_destroy(void* payload);
unsigned tree_sitter_ml_external_scanner_serialize(void* payload, char* buffer);
void tree_sitter_ml_external_scanner_deserialize(void* payload, const char* buffer, unsigned length);
bool tree_sitter_ml_external_scanner_scan(void* payload, TSLexer* lexer, const bool* valid);

void* tree_sitter_ml_external_scanner_create(void) { return calloc(1, sizeof(Scanner)); }

void tree_sitter_ml_external_scanner_destroy(void* payload) { free(payload); }

unsigned tree_sitter_ml_external_scanner_serialize(void* payload, char* buffer) {
  const Scanner* scanner = payload;
  if (scanner->templates == 0 && !scanner->before_comment) return 0;
  buffer[0] = (char)(scanner->templates << 1 | scanner->before_comment);
  return 1;
}

void tree_sitter_ml_external_scanner_deserialize(void* payload, const char* buffer, unsigned length) {
  Scanner* scanner = payload;
  const uint8_t state = length > 0 ? (uint8_t)buffer[0] : 0;
  scanner->templates = state >> 1;
  scanner->before_comment = state & 1;
}

bool tree_sitter_ml_external_scanner_scan(void* payload, TSLexer* lexer, const bool* valid) {
  return scan_and_count(payload, lexer, valid);
}
