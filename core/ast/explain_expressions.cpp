#include "core/ast/explainer.h"

namespace ml::ast {
namespace {

int precedence(const Token& t) {
  if (t.kind != TokenKind::Punct) return 0;
  if (t.text == "||") return 1;
  if (t.text == "&&") return 2;
  if (t.text == "==" || t.text == "!=") return 3;
  if (t.text == "<" || t.text == ">" || t.text == "<=" || t.text == ">=") return 4;
  if (t.text == "+" || t.text == "-") return 5;
  if (t.text == "*" || t.text == "/" || t.text == "//" || t.text == "%") return 6;
  return 0;
}

}  // namespace

bool Explainer::expression() { return arrow_ahead() ? arrow() : ternary(); }

bool Explainer::arrow_ahead() const {
  if (is_name()) return is_punct("=>", 1);
  if (!is_punct("(") || at().match == Token::kNoMatch) return false;
  return list_.tokens[at().match + 1].text == "=>";
}

bool Explainer::arrow() {
  const std::uint32_t first = pos_;
  if (is_name()) {
    advance();
  } else if (!params()) {
    return false;
  }
  if (!take("=>")) return expected("'=>'");
  const bool ok = arrow_body();
  kind_ = Kind::Function;
  postfix_begin_ = first;
  postfix_end_ = pos_;
  return ok;
}

bool Explainer::arrow_body() {
  const Context outer = std::exchange(context, Context{true, false, false});
  bool ok = enter();
  if (ok) ok = is_punct("{") && !object_ahead() ? block() : expression();
  --depth;
  context = outer;
  return ok;
}

bool Explainer::object_ahead() const {
  if (is_punct("}", 1)) return true;
  return (is_any_name(1) || at(1).kind == TokenKind::String || at(1).kind == TokenKind::Number) &&
         is_punct(":", 2);
}

bool Explainer::ternary() {
  if (!binary(1)) return false;
  if (!is_punct("?")) return true;
  if (glued("?", 1)) {
    advance();
    return expected("an expression", "ML has no '?\?': write a == null ? b : a");
  }
  if (glued(".", 1)) {
    advance();
    return expected("an expression", "ML has no '?.': test for null first");
  }
  advance();
  bool ok = enter() && expression();
  if (ok) ok = take(":") ? expression() : expected("':'");
  --depth;
  return ok;
}

bool Explainer::binary(int least) {
  const std::uint32_t first = pos_;
  if (!unary()) return false;
  for (;;) {
    switch (foreign_operator(first)) {
      case Foreign::Operator:
        if (!unary()) return false;
        continue;
      case Foreign::Done: return true;
      case Foreign::Failed: return false;
      case Foreign::None: break;
    }
    const int level = precedence(at());
    if (level < least || level == 0) return true;
    advance();
    if (!binary(level + 1)) return false;
  }
}

// Operators of other languages after an operand. Operator: reported and passed, an operand must follow.
Explainer::Foreign Explainer::foreign_operator(std::uint32_t first) {
  const Token& t = at();
  const auto pass = [&](std::uint32_t count) {
    pos_ += count;
    return Foreign::Operator;
  };
  if (t.kind == TokenKind::Word) {
    const bool joins =
        (t.text == "and" || t.text == "or") && starts_operand(1) && (!t.newline_before || starts_value(1));
    if (!joins) return Foreign::None;
    refuse(diag::WordOperator, t.span, t.text == "and" ? "write &&" : "write ||", t.text);
    return pass(1);
  }
  if (t.kind != TokenKind::Punct) return Foreign::None;
  const Span two =
      between(pos_, std::min<std::uint32_t>(pos_ + 1, static_cast<std::uint32_t>(list_.tokens.size() - 1)));
  const std::string_view both = text_.substr(two.begin, two.size());
  if (t.text == "&" || t.text == "|" || t.text == "^") {
    if (!starts_operand(1)) {
      refuse(diag::UnexpectedCharacter, t.span, "ML has no bitwise operators; logic is && and ||",
             "'" + std::string(t.text) + "'");
      return Foreign::Failed;
    }
    refuse(diag::BitwiseOperator, t.span, "ML has no bitwise operators; logic is && and ||", t.text);
    return pass(1);
  }
  if (!at(1).glued) return Foreign::None;
  if (t.text == "*" && is_punct("*", 1)) {
    refuse(diag::PowerOperator, two, "write import math; and math.pow(a, b)");
    return pass(2);
  }
  if ((t.text == "==" || t.text == "!=") && is_punct("=", 1)) {
    refuse(diag::StrictEquality, two,
           t.text == "==" ? "write ==: it already compares type and value"
                          : "write !=: it already compares type and value",
           both);
    return pass(2);
  }
  if ((t.text == "<" && is_punct("<", 1)) || (t.text == ">" && is_punct(">", 1))) {
    refuse(diag::BitwiseOperator, two,
           "ML has no bitwise operators: multiply or divide with // by a power of two", both);
    return pass(2);
  }
  const std::string_view target = source(first, pos_ - 1);
  if (is_punct("=", 1) && (precedence(t) >= 5 || t.text == "&&" || t.text == "||")) {
    const std::string left(target.empty() ? "x" : target);
    refuse(diag::CompoundAssignment, two, "write " + left + " = " + left + " " + std::string(t.text) + " …",
           both);
    pos_ += 2;
    return expression() ? Foreign::Done : Foreign::Failed;
  }
  if ((t.text == "+" || t.text == "-") && is_punct(t.text, 1) &&
      (!starts_operand(2) || at(2).newline_before)) {
    const std::string left(target.empty() ? "x" : target);
    refuse(diag::CompoundAssignment, two, "write " + left + " = " + left + " " + std::string(t.text) + " 1",
           both);
    pos_ += 2;
    return Foreign::Done;
  }
  return Foreign::None;
}

bool Explainer::unary() {
  if (at().kind == TokenKind::Word) {
    bool handled = false;
    const bool ok = foreign_prefix(handled);
    if (handled) return ok;
  }
  const bool foreign = is_punct("~") && starts_operand(1);
  if (foreign) refuse(diag::BitwiseOperator, at().span, "ML has no bitwise operators", "~");
  if (!foreign && !is_punct("!") && !is_punct("-") && !is_punct("+")) return postfix();
  advance();
  const bool ok = enter() && unary();
  --depth;
  return ok;
}

// Words that other languages write before an operand. They are ordinary names in ML, so only what follows
// tells.
bool Explainer::foreign_prefix(bool& handled) {
  const std::string_view word = at().text;
  const Span span = at().span;
  handled = true;
  const auto rest = [&] {
    advance();
    const bool ok = enter() && unary();
    --depth;
    return ok;
  };
  if (word == "yield" && context.in_generator) {
    refuse(diag::YieldInExpression, span, "yield the value in a statement of its own");
    advance();
    return starts_operand() ? expression() : true;
  }
  if (starts_value(1)) {
    if (word == "not") {
      refuse(diag::WordOperator, span, "write !", word);
      return rest();
    }
    if (word == "new") {
      refuse(diag::ClassDeclaration, span, "call a function that returns an object");
      return rest();
    }
    if (word == "await" || word == "async") {
      refuse(diag::AsyncAwait, span, "calls simply return their results", word);
      if (word == "async") {
        advance();
        return expression();
      }
      return rest();
    }
    if (word == "yield") {
      refuse(diag::YieldOutsideGenerator, span, "declare function* name()");
      advance();
      return expression();
    }
    if (word == "typeof") {
      advance();
      expected("'('", "typeof is a function: typeof(x)");
      return starts_operand() && unary();
    }
    if (word == "lambda") {
      advance();
      return expected("an operator", "write x => …");
    }
  }
  if (word == "async" && is_punct("(", 1) && at(1).match != Token::kNoMatch &&
      list_.tokens[at(1).match + 1].text == "=>") {
    refuse(diag::AsyncAwait, span, "calls simply return their results", word);
    advance();
    return expression();
  }
  handled = false;
  return true;
}

bool Explainer::postfix() {
  const std::uint32_t first = pos_;
  if (!primary()) return false;
  for (;;) {
    postfix_begin_ = first;
    postfix_end_ = pos_;
    if (is_punct("(")) {
      if (!arguments()) return false;
      kind_ = Kind::Call;
    } else if (is_punct("[")) {
      if (!subscript()) return false;
      kind_ = Kind::Place;
    } else if (is_punct(".")) {
      advance();
      if (!is_any_name()) return expected("a member name");
      advance();
      kind_ = Kind::Place;
    } else {
      return true;
    }
  }
}

bool Explainer::primary() {
  const auto simple = [&](Kind kind) {
    advance();
    kind_ = kind;
    return true;
  };
  switch (at().kind) {
    case TokenKind::Word: return simple(Kind::Name);
    case TokenKind::Number: return simple(Kind::Number);
    case TokenKind::String: return simple(Kind::Text);
    case TokenKind::Template: return template_holes() && simple(Kind::Text);
    case TokenKind::End: return no_expression();
    case TokenKind::Reserved: {
      const std::string_view word = at().text;
      if (word == "true" || word == "false" || word == "null" || word == "undefined")
        return simple(Kind::Literal);
      if (word == "function") {
        const bool ok = function_rest(false);
        kind_ = Kind::Function;
        return ok;
      }
      if (word != "fn" || is_punct(";", 1) || is_punct(")", 1) || is_punct(",", 1)) return no_expression();
      advance();
      if (!is_punct("(")) return expected("'('", "write fn(x) => … or x => …");
      if (!params()) return false;
      if (!take("=>"))
        return expected("'=>'", is_punct("{") ? "write fn(…) => { … } or function (…) { … }" : "");
      const bool ok = arrow_body();
      kind_ = Kind::Function;
      return ok;
    }
    case TokenKind::Punct: break;
  }
  bool ok = true;
  if (is_punct("(")) {
    const std::uint32_t opener = open_bracket();
    ok = enter() && expression() && comprehension(opener) && assignment_inside();
    --depth;
    ok = close_bracket(opener, ok, "')'");
    kind_ = Kind::Parenthesis;
  } else if (is_punct("[")) {
    ok = array();
    kind_ = Kind::Other;
  } else if (is_punct("{")) {
    ok = object();
    kind_ = Kind::Other;
  } else {
    ok = no_expression();
    kind_ = Kind::Other;
  }
  return ok;
}

bool Explainer::no_expression() {
  const Token& t = at();
  if (t.text == "..." && t.kind == TokenKind::Punct) {
    refuse(diag::SpreadOrRest, t.span, "pass an array");
    advance();
    return !starts_operand() || expression();
  }
  if (t.kind == TokenKind::Punct && t.text.size() == 1 &&
      std::string_view("@&|^~").find(t.text[0]) != std::string_view::npos) {
    return !lexical_nearby() &&
           refuse(diag::UnexpectedCharacter, t.span, {}, "'" + std::string(t.text) + "'");
  }
  if (t.kind == TokenKind::Reserved) {
    const bool as_name =
        !t.newline_before && (at(1).kind == TokenKind::End ||
                              (at(1).kind == TokenKind::Punct && at(1).text != "(" && at(1).text != "{"));
    if (as_name) {
      refuse(diag::ReservedWord, t.span, "choose another name", t.text);
      advance();
      kind_ = Kind::Name;
      return true;
    }
    if (t.text == "return" && list_.tokens[pos_ ? pos_ - 1 : 0].text == "=>") {
      return expected("an expression", "leave out 'return', or use a block: x => { return …; }");
    }
    if (t.text == "if") return expected("an expression", "choose with c ? a : b");
  }
  if (t.text == ">" && pos_ > 0 && list_.tokens[pos_ - 1].text == "-" && t.glued) {
    return expected("an expression", "members are reached with '.', arrow functions written with =>");
  }
  return expected("an expression");
}

// After the first element of `[`, `(` or `{`.
bool Explainer::comprehension(std::uint32_t opener) {
  if (!is_keyword("for")) return true;
  const std::uint32_t match = list_.tokens[opener].match;
  if (match == Token::kNoMatch) return true;
  return refuse(diag::Comprehension, between(opener, match),
                "write xs.map(x => e), with .filter(x => c) before it for a condition");
}

// After an expression where only an expression may stand.
bool Explainer::assignment_inside() {
  while (is_punct("=")) {
    refuse(diag::AssignmentInExpression, at().span, "compare with ==, or assign in a statement before");
    advance();
    if (!expression()) return false;
  }
  return true;
}

bool Explainer::array() {
  const std::uint32_t opener = open_bracket();
  bool ok = enter();
  while (ok && !is_punct("]")) {
    ok = expression() && comprehension(opener) && assignment_inside();
    if (!ok || !take(",")) break;
  }
  --depth;
  return close_bracket(opener, ok, "',' or ']'");
}

bool Explainer::arguments() {
  const std::uint32_t opener = open_bracket();
  bool ok = enter();
  while (ok && !is_punct(")")) {
    if (is_name() && (is_punct("=", 1))) {
      refuse(diag::KeywordArgument, between(pos_, pos_ + 1), "leave out the name; arguments are positional");
      pos_ += 2;
    } else if (is_name() && is_punct(":", 1)) {
      advance();
      ok = expected("',' or ')'", "leave out the name; arguments are positional");
      break;
    }
    ok = expression() && comprehension(opener) && assignment_inside();
    if (!ok || !take(",")) break;
  }
  --depth;
  return close_bracket(opener, ok, "',' or ')'");
}

bool Explainer::subscript() {
  const std::uint32_t opener = open_bracket();
  bool ok = enter();
  int colons = 0;
  if (ok && !is_punct(":")) ok = expression() && assignment_inside();
  while (ok && is_punct(":")) {
    if (++colons == 3) {
      ok = refuse(diag::SliceColons, at().span, "a slice is [begin : end : step]");
      break;
    }
    advance();
    if (!is_punct(":") && !is_punct("]")) ok = expression();
  }
  --depth;
  return close_bracket(opener, ok, colons ? "':' or ']'" : "']'");
}

bool Explainer::object() {
  const std::uint32_t opener = open_bracket();
  bool ok = enter();
  while (ok && !is_punct("}")) {
    ok = property() && comprehension(opener);
    if (!ok || !take(",")) break;
  }
  --depth;
  return close_bracket(opener, ok, "',' or '}'");
}

bool Explainer::property() {
  const auto method = [&](std::uint32_t open) {
    // name(…) {…}: passed over as a whole
    const std::uint32_t close = list_.tokens[open].match;
    refuse(diag::ObjectShorthand, between(pos_, open - 1), "write name: function (…) { … }");
    if (close == Token::kNoMatch) return false;
    pos_ = close + 1;
    return !is_punct("{") || block();
  };
  if (is_punct("...")) {
    refuse(diag::ObjectShorthand, at().span, "copy the properties one by one, or with o.update(other)");
    advance();
    return expression();
  }
  if (is_punct("[") && at().match != Token::kNoMatch) {
    refuse(diag::ObjectShorthand, between(pos_, at().match), "write o = {}; o[k] = v;");
    pos_ = at().match + 1;
    return !take(":") || expression();
  }
  if (is_punct("*") && is_any_name(1) && is_punct("(", 2)) return method(pos_ + 2);
  if (!is_any_name() && at().kind != TokenKind::String && at().kind != TokenKind::Number)
    return expected("a property name");
  if (is_any_name() && (is_punct(",", 1) || is_punct("}", 1))) {
    const std::string word(at().text);
    refuse(diag::ObjectShorthand, at().span, "write {" + word + ": " + word + "}");
    advance();
    return true;
  }
  if (is_any_name() && is_punct("(", 1)) return method(pos_ + 1);
  if (is_name() && is_any_name(1) && is_punct("(", 2)) return method(pos_ + 2);
  advance();
  if (!take(":")) return expected("':'", is_punct("=") ? "a property is written name: value" : "");
  return expression() && assignment_inside();
}

bool Explainer::template_holes() {
  const Token token = at();
  for (std::uint32_t i = token.holes; i < token.holes + token.hole_count; ++i) {
    const Span hole = list_.holes[i];
    TokenList inner = scan(text_, hole, ScanMode::Hole, sink_);
    if (inner.tokens.size() == 1) {
      if (!inner.tokens.front().after_finding) {
        refuse(diag::BadTemplateExpression, {hole.begin - 2, hole.end + 1},
               "put an expression between the braces");
      }
      continue;
    }
    Explainer walk(text_, std::move(inner), false, sink_);
    walk.context = context;
    walk.depth = depth + 1;
    walk.hole();
  }
  return true;
}

}  // namespace ml::ast
