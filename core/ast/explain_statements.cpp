#include <fmt/format.h>

#include "core/ast/explainer.h"
#include "core/text/nearest.h"

namespace ml::ast {
namespace {

constexpr std::string_view kStatementWords[] = {"if",    "while",  "for",      "function", "return",  "try",
                                                "throw", "import", "nonlocal", "break",    "continue"};

bool begins_statement(const Token& t) {
  return t.kind == TokenKind::Reserved && std::find(std::begin(kStatementWords), std::end(kStatementWords),
                                                    t.text) != std::end(kStatementWords);
}

struct ForeignWord {
  std::string_view word, hint;
};
constexpr ForeignWord kForeignWords[] = {
    {"def", "functions are declared with function name(…) { … }"},
    {"func", "functions are declared with function name(…) { … }"},
    {"fun", "functions are declared with function name(…) { … }"},
    {"raise", "write throw"},
    {"global", "write nonlocal"},
    {"foreach", "write for (x in xs)"},
    {"unless", "write if (!…)"},
    {"until", "write while (!…)"},
    {"print", "print is a function: print(…)"},
    {"delete", "remove a key with o.remove(k)"},
    {"include", "write import name;"},
    {"require", "write import name;"},
    {"pass", "an empty block {} does nothing"},
};

}  // namespace

void Explainer::statement_list(std::uint32_t opener) {
  const std::uint32_t outer_statement = statement_;
  std::vector<std::uint32_t> outer_open = std::exchange(open_, {});
  const bool program = opener == Token::kNoMatch;
  for (;;) {
    if (at_end()) {
      if (!program) {
        statement_ = pos_;
        unclosed(opener);
      }
      break;
    }
    if (is_punct("}")) {
      if (!program && list_.tokens[opener].match == pos_) {
        advance();
        break;
      }
      statement_ = pos_;
      if (!program && list_.tokens[opener].match == Token::kNoMatch) {
        unclosed(opener);
        break;
      }
      expected("a statement", "there is no '{' that this closes");
      advance();
      continue;
    }
    const std::uint32_t first = statement_ = pos_;
    if (!statement()) {
      recover(first);
    } else if (pos_ == first) {
      advance();
    }
  }
  open_ = std::move(outer_open);
  statement_ = outer_statement;
}

// After a mistake: to the end of the statement.
void Explainer::recover(std::uint32_t first) {
  open_.clear();
  while (!at_end()) {
    const Token& t = at();
    const bool moved = pos_ > first;
    if (is_punct(";")) {
      advance();
      return;
    }
    if (is_punct("}")) return;
    if (moved && t.newline_before && begins_statement(t)) return;
    if (t.match != Token::kNoMatch && t.match > pos_) {
      const bool brace = is_punct("{");
      pos_ = t.match;
      advance();
      if (brace && at().newline_before) return;
      continue;
    }
    advance();
  }
}

bool Explainer::statement() {
  if (!enter()) {
    --depth;
    return true;
  }
  bool ok = true;
  if (take(";")) {
    ok = true;
  } else if (is_punct("{")) {
    ok = bare_block();
  } else if (is_punct("@") && is_any_name(1)) {
    refuse(diag::Decorator, between(pos_, pos_ + 1), "wrap the function by hand: f = wrapper(f);");
    pos_ += 2;
    while (is_punct(".") && is_any_name(1)) pos_ += 2;
    if (is_punct("(") && at().match != Token::kNoMatch) pos_ = at().match + 1;
  } else if (at().kind == TokenKind::Reserved) {
    ok = keyword_statement();
  } else if (at().kind == TokenKind::Word) {
    ok = foreign_statement();
  } else {
    ok = simple(true);
  }
  --depth;
  return ok;
}

bool Explainer::keyword_statement() {
  const std::uint32_t first = pos_;
  const std::string_view word = at().text;
  if (is_punct("=", 1)) {
    refuse(diag::ReservedWord, at().span, "choose another name", word);
    pos_ += 2;
    return expression() && end_of_statement(first);
  }
  if (word == "if") return if_statement();
  if (word == "for") return for_statement();
  if (word == "try") return try_statement();
  if (word == "import") return import_statement();
  if (word == "nonlocal") return nonlocal();
  if (word == "while") {
    advance();
    return condition() && body();
  }
  if (word == "function") {
    const bool named = is_any_name(1) || (is_punct("*", 1) && is_any_name(2));
    return named ? function_rest(true) : simple(true);
  }
  if (word == "break" || word == "continue") {
    advance();
    return end_of_statement(first);
  }
  if (word == "return" || word == "throw") {
    advance();
    const bool bare = is_punct(";") || is_punct("}") || at_end();
    if (word == "return" && bare) return end_of_statement(first);
    return expression() && assignment_inside() && end_of_statement(first);
  }
  if (word == "elif" || word == "else" || word == "except" || word == "finally") {
    const char* owner = word == "elif" || word == "else" ? "an 'if'" : "a 'try'";
    expected("a statement", fmt::format("'{}' belongs directly behind the block of {}", word, owner));
    advance();
    if (is_keyword("if")) return if_statement();
    if (is_punct("(") && at().match != Token::kNoMatch) pos_ = at().match + 1;
    return is_punct("{") ? block() : true;
  }
  return simple(true);
}

// Statements that begin with a word that is no keyword: contextual ones, and those of other languages.
bool Explainer::foreign_statement() {
  const std::uint32_t first = pos_;
  const std::string_view word = at().text;
  const Span span = at().span;
  const bool same_line = !at(1).newline_before;
  const bool parenthesis = is_punct("(", 1) && at(1).match != Token::kNoMatch;
  const bool call_block = parenthesis && list_.tokens[at(1).match + 1].text == "{";
  const auto skip_block = [&] {
    if (!skip_to_block() || at().match == Token::kNoMatch) return false;
    pos_ = at().match + 1;
    return true;
  };
  if (word == "let" || word == "const" || word == "var") {
    if (is_any_name(1) || is_punct("[", 1) || is_punct("{", 1)) return declaration(true);
  } else if (word == "capability") {
    if (is_name(1) && (is_punct("{", 2) || is_punct(".", 2))) return capability();
  } else if (word == "yield") {
    if (context.in_generator && is_punct("=", 1)) {
      refuse(diag::ReservedWord, span, "inside a generator 'yield' is no name", word);
      pos_ += 2;
      return expression() && end_of_statement(first);
    }
    if (context.in_generator) {
      advance();
      const bool bare = is_punct(";") || is_punct("}") || at_end();
      return (bare || expression()) && end_of_statement(first);
    }
    if (starts_operand(1) && same_line) {
      refuse(diag::YieldOutsideGenerator, span, "declare function* name()");
      advance();
      return expression() && end_of_statement(first);
    }
  } else if (word == "switch" || word == "match") {
    if (call_block || (starts_value(1) && is_punct("{", 2))) {
      refuse(diag::SwitchStatement, span,
             "write if … elif … else, or look the case up in an object of functions", word);
      return skip_block();
    }
  } else if (word == "case" || (word == "default" && is_punct(":", 1))) {
    if (starts_value(1) || is_punct(":", 1)) {
      return refuse(diag::SwitchStatement, span,
                    "write if … elif … else, or look the case up in an object of functions", word);
    }
  } else if (word == "class") {
    if (is_any_name(1) && same_line) {
      refuse(diag::ClassDeclaration, between(pos_, pos_ + 1),
             "write a function that returns an object of functions");
      return skip_block();
    }
  } else if (word == "catch") {
    if (call_block || is_punct("{", 1)) {
      refuse(diag::CatchClause, span, "write except (e)");
      advance();
      if (is_punct("(")) pos_ = at().match + 1;
      return block();
    }
  } else if (word == "async") {
    if (is_keyword("function", 1)) {
      refuse(diag::AsyncAwait, span, "calls simply return their results", word);
      advance();
      return statement();
    }
  } else if (word == "do") {
    if (is_punct("{", 1)) {
      refuse(diag::DoWhile, span, "write while (true) { …; if (!c) { break; } }");
      advance();
      if (!block()) return false;
      if (!is_keyword("while")) return true;
      advance();
      return condition() && end_of_statement(first);
    }
  } else if (word == "elseif" || word == "elsif") {
    if (call_block) {
      refuse(diag::ElseIfSpelling, span, "write elif (…)", word);
      pos_ = at(1).match + 1;
      return block();
    }
  } else if (word == "from") {
    for (std::uint32_t i = 1; i < 12 && starts_value(1); ++i) {
      if (is_punct(";", i) || at(i).newline_before) break;
      if (is_keyword("import", i))
        return refuse(diag::ImportForm, between(pos_, pos_ + i), "write import a; then a.b");
    }
  } else if (word == "export") {
    if ((is_any_name(1) || is_punct("{", 1) || is_punct("*", 1)) && same_line) {
      refuse(diag::ImportForm, span, "leave it out: every top-level name of a module can be imported");
      advance();
      if (is_word("default")) advance();
      return is_punct("{") || is_punct("*") ? false : statement();
    }
  }
  return simple(true);
}

bool Explainer::simple(bool needs_end) {
  const std::uint32_t first = pos_;
  if (!assignment_or_expression()) return false;
  return !needs_end || end_of_statement(first);
}

bool Explainer::assignment_or_expression() {
  const std::uint32_t first = pos_;
  if ((is_punct("[") || is_punct("{")) && at().match != Token::kNoMatch &&
      list_.tokens[at().match + 1].text == "=") {
    return pattern() && expression() && assignment_inside();
  }
  if (!expression()) return false;
  if (!is_punct("=")) return true;
  const bool postfix = postfix_begin_ == first && postfix_end_ == pos_;
  if (!postfix) kind_ = Kind::Other;
  if (kind_ != Kind::Name && kind_ != Kind::Place) {
    refuse(diag::InvalidTarget, between(first, pos_ - 1), "assign to a variable, an element or a property",
           target_name());
  }
  advance();
  return expression() && assignment_inside();
}

// `[a, b] =` and `{x, y} =`; ends behind the `=`.
bool Explainer::pattern() {
  const std::uint32_t opener = pos_, close = at().match;
  const auto plain = [&](Span span) {
    refuse(diag::NestedPattern, span, "take the parts apart in a second statement");
    pos_ = close;
    return true;
  };
  advance();
  bool ok = pos_ < close || expected("a name");
  while (ok && pos_ < close) {
    if (is_punct("...")) {
      refuse(diag::SpreadOrRest, at().span, "take the rest with a slice: rest = xs[1:];");
      pos_ = close;
    } else if (!is_any_name()) {
      const std::uint32_t end = at().match != Token::kNoMatch ? at().match : pos_;
      if (is_punct(",")) {
        ok = expected("a name");
      } else {
        plain(between(pos_, end));
      }
    } else {
      const std::uint32_t word = pos_;
      if (at().kind == TokenKind::Reserved && !is_punct(":", 1)) {
        refuse(diag::ReservedWord, at().span, "choose another name", at().text);
      }
      advance();
      if (pos_ == close || take(",")) continue;
      if (at().kind == TokenKind::Punct) {
        plain(between(word, close - 1));
      } else {
        ok = expected(list_.tokens[opener].text == "[" ? "',' or ']'" : "',' or '}'");
      }
    }
  }
  pos_ = close + 1;
  if (!take("=")) return expected("'='");
  return true;
}

bool Explainer::declaration(bool needs_end) {
  const std::uint32_t first = pos_;
  advance();
  if (is_punct("[") || is_punct("{")) {
    if (at().match == Token::kNoMatch) return unclosed(pos_);
    if (list_.tokens[at().match + 1].text != "=") {
      pos_ = at().match + 1;
      return expected("'='");
    }
    if (!pattern() || !expression() || !assignment_inside()) return false;
  } else {
    if (!name("a name")) return false;
    if (is_punct(":")) return expected("'=' or ';'", "only parameters and results take a type annotation");
    if (take("=") && !(expression() && assignment_inside())) return false;
    if (is_punct(",")) return expected("';'", "declare each variable in a statement of its own");
  }
  return !needs_end || end_of_statement(first);
}

bool Explainer::end_of_statement(std::uint32_t first) {
  if (take(";") || is_punct("}") || (at_end() && reaches_end_)) return true;
  if (lexical_nearby()) return at().newline_before;
  const Token& t = at();
  const Token& last = list_.tokens[pos_ - 1];
  if (is_punct("=")) {
    return refuse(diag::InvalidTarget, between(first, pos_ - 1),
                  "assign to a variable, an element or a property", "an expression");
  }
  if (t.kind == TokenKind::Punct && !t.newline_before && (t.text == "@" || t.text == "~")) {
    return refuse(diag::UnexpectedCharacter, t.span, {}, fmt::format("'{}'", t.text));
  }
  const std::string_view gap = text_.substr(last.span.end, t.span.begin - last.span.end);
  if (const std::size_t start = gap.find_first_not_of(" \t");
      start != gap.npos && gap.substr(start).starts_with("//=")) {
    const Span op{last.span.end + static_cast<ByteOffset>(start),
                  last.span.end + static_cast<ByteOffset>(start) + 3};
    refuse(diag::CompoundAssignment, op, "write x = x // …", "//=");
    return t.newline_before;
  }
  std::string hint = misspelt_keyword(first);
  const bool operand =
      at_end() || t.newline_before || starts_operand() || t.kind == TokenKind::Reserved || is_punct("@");
  const bool block_after = is_punct("{") && !t.newline_before;
  if (!operand || block_after || is_keyword("in") || !open_.empty()) return expected("';'", std::move(hint));
  if (hint.empty()) hint = "insert ;";
  refuse(diag::MissingTerminator, {last.span.end, last.span.end}, std::move(hint));
  return t.newline_before || t.kind == TokenKind::Reserved;
}

// `retrun x`, `whlie (x) {`: what the first word of the statement was meant to be.
std::string Explainer::misspelt_keyword(std::uint32_t first) const {
  const Token& word = list_.tokens[first];
  if (word.kind != TokenKind::Word || pos_ <= first || at().newline_before) return {};
  const bool alone = pos_ == first + 1;
  const bool call = list_.tokens[first + 1].text == "(" && is_punct("{");
  if (!alone && !call) return {};
  for (const ForeignWord& foreign : kForeignWords) {
    if (foreign.word == word.text) return std::string(foreign.hint);
  }
  Nearest nearest(word.text);
  for (const std::string_view keyword : kStatementWords) nearest.offer(keyword);
  for (const std::string_view keyword : {"let", "const", "var", "elif", "else", "except", "finally"})
    nearest.offer(keyword);
  return nearest.best().empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest.best());
}

bool Explainer::block() {
  if (!is_punct("{")) return expected("'{'");
  const std::uint32_t opener = pos_;
  const bool top = std::exchange(context.top_level, false);
  advance();
  statement_list(opener);
  context.top_level = top;
  return true;
}

bool Explainer::body() {
  if (is_punct("{")) return block();
  if (at_end() || is_punct("}")) return expected("a statement");
  const bool function = is_keyword("function") && (is_name(1) || (is_punct("*", 1) && is_name(2)));
  const bool capability = is_word("capability") && is_name(1) && (is_punct("{", 2) || is_punct(".", 2));
  const bool import = is_keyword("import");
  const Context outer = context;
  if (function || capability || import) {
    const std::uint32_t end = function && is_punct("*", 1) ? 2 : 1;
    refuse(diag::DeclarationAsBody, between(pos_, pos_ + end), "put it between braces");
    context.top_level = true;  // said already
  } else {
    context.top_level = false;
  }
  const bool ok = statement();
  context.top_level = outer.top_level;
  return ok;
}

bool Explainer::bare_block() {
  const std::uint32_t match = at().match;
  const bool pattern_ahead = match != Token::kNoMatch && list_.tokens[match + 1].text == "=";
  const bool method = is_any_name(1) && is_punct("(", 2) && at(2).match != Token::kNoMatch &&
                      !is_keyword("if", 1) && !is_keyword("while", 1) && !is_keyword("for", 1) &&
                      list_.tokens[at(2).match + 1].text == "{";
  const bool computed =
      is_punct("[", 1) && at(1).match != Token::kNoMatch && list_.tokens[at(1).match + 1].text == ":";
  const bool shorthand = is_name(1) && is_punct(",", 2);
  if (pattern_ahead || method || computed || shorthand || object_ahead() || is_punct("...", 1))
    return simple(true);
  refuse(diag::BareBlock, at().span, "remove the braces");
  const std::uint32_t opener = pos_;
  advance();
  statement_list(opener);
  return true;
}

}  // namespace ml::ast
