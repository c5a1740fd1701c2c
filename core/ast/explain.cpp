#include "core/ast/explain.h"

#include "core/ast/explainer.h"

namespace ml::ast {
namespace {

constexpr int kDeepest = 200;

bool is_literal_word(std::string_view w) {
  return w == "true" || w == "false" || w == "null" || w == "undefined";
}

}  // namespace

void explain(std::string_view text, Span region, DiagSink& sink) {
  TokenList list = scan(text, region, ScanMode::File, sink);
  Explainer(text, std::move(list), region.end >= text.size(), sink).program();
}

Explainer::Explainer(std::string_view text, TokenList list, bool reaches_end, DiagSink& sink)
    : text_(text),
      list_(std::move(list)),
      reaches_end_(reaches_end),
      sink_(sink),
      reported_(list_.tokens.size()) {
  match_brackets(text_, list_.tokens);
  // "End of file" is where the last token ends, not after the blank lines behind it.
  Token& end = list_.tokens.back();
  if (list_.tokens.size() > 1) {
    const ByteOffset last = list_.tokens[list_.tokens.size() - 2].span.end;
    end.span = {last, last};
  }
}

void Explainer::program() { statement_list(Token::kNoMatch); }

void Explainer::hole() {
  if (!expression() || at_end()) return;
  refuse(diag::BadTemplateExpression, {at().span.begin, list_.tokens[list_.tokens.size() - 2].span.end},
         "join several values with + or write several ${…}");
}

bool Explainer::starts_operand(std::uint32_t ahead) const {
  const Token& t = at(ahead);
  switch (t.kind) {
    case TokenKind::Word:
    case TokenKind::Number:
    case TokenKind::String:
    case TokenKind::Template: return true;
    case TokenKind::Reserved: return is_literal_word(t.text) || t.text == "fn" || t.text == "function";
    case TokenKind::Punct:
      return t.text.size() == 1 && std::string_view("([{!-+~").find(t.text[0]) != std::string_view::npos;
    case TokenKind::End: return false;
  }
  return false;
}

bool Explainer::starts_value(std::uint32_t ahead) const {
  return starts_operand(ahead) && !at(ahead).newline_before &&
         (at(ahead).kind != TokenKind::Punct || is_punct("!", ahead) || is_punct("~", ahead));
}

bool Explainer::enter() {
  if (++depth <= kDeepest && !list_.too_deep) return true;
  if (pos_ + 1 < list_.tokens.size()) {
    refuse(diag::NestedTooDeeply, at().span, "move inner parts into functions or variables");
  }
  pos_ = static_cast<std::uint32_t>(list_.tokens.size() - 1);
  list_.tokens.back().after_finding = true;  // nothing more is said about the rest
  return false;
}

bool Explainer::name(std::string_view wanted) {
  if (is_name() && !(context.in_generator && is_word("yield"))) {
    advance();
    return true;
  }
  if (is_name()) {
    refuse(diag::ReservedWord, at().span, "inside a generator 'yield' is no name", "yield");
    advance();
    return true;
  }
  if (at().kind == TokenKind::Reserved && !at().newline_before) {
    refuse(diag::ReservedWord, at().span, "choose another name", at().text);
    advance();
    return true;
  }
  return expected(wanted);
}

std::uint32_t Explainer::open_bracket() {
  open_.push_back(pos_);
  advance();
  return open_.back();
}

bool Explainer::close_bracket(std::uint32_t opener, bool inside, std::string_view wanted) {
  const std::uint32_t match = list_.tokens[opener].match;
  if (inside && pos_ == match) {
    open_.pop_back();
    advance();
    return true;
  }
  if (inside) expected(wanted);
  open_.pop_back();
  if (match == Token::kNoMatch || match < pos_) return false;
  pos_ = match;
  advance();
  return true;
}

bool Explainer::skip_to_block() {
  for (std::uint32_t i = pos_; i < list_.tokens.size() && (i == pos_ || !list_.tokens[i].newline_before);
       ++i) {
    if (list_.tokens[i].text == "{") {
      pos_ = i;
      return true;
    }
    if (list_.tokens[i].text == ";") return false;
  }
  return false;
}

bool Explainer::lexical_nearby() const {
  for (std::uint32_t i = statement_; i <= pos_ && i < list_.tokens.size(); ++i) {
    if (list_.tokens[i].after_finding) return true;
  }
  return false;
}

std::string Explainer::describe(const Token& token) const {
  switch (token.kind) {
    case TokenKind::String: return "a string";
    case TokenKind::Template: return "a template";
    case TokenKind::End: break;
    default: return "'" + std::string(token.text) + "'";
  }
  // The end of the region: what follows it was understood, and is what was found.
  const auto end =
      static_cast<ByteOffset>(token.text.data() ? token.text.data() - text_.data() : text_.size());
  DiagSink ignored;
  const auto stop = static_cast<ByteOffset>(std::min<std::size_t>(end + 200, text_.size()));
  const TokenList next = scan(text_, {end, stop}, ScanMode::File, ignored);
  return next.tokens.front().kind == TokenKind::End ? "end of file" : describe(next.tokens.front());
}

std::string_view Explainer::source(std::uint32_t first, std::uint32_t last) const {
  const Span span = between(first, last);
  return span.size() <= 40 ? text_.substr(span.begin, span.size()) : std::string_view{};
}

std::string Explainer::hint_for(const Token& found) const {
  if (found.kind == TokenKind::Reserved && found.text == "in")
    return "ask with xs.includes(x), or o.has(k) for an object";
  if (found.kind == TokenKind::Word && found.text == "is") return "compare with ==";
  if (found.kind == TokenKind::Word && found.text == "instanceof")
    return "compare typeof(x) with a type name";
  if (found.text == "=>") return "put parentheses around the arrow function, or write fn(x) => …";
  return {};
}

bool Explainer::expected(std::string_view what, std::string hint) {
  if (lexical_nearby() || last_refused_ == pos_) return false;
  if (!open_.empty() && list_.tokens[open_.back()].match == Token::kNoMatch && hint.empty()) {
    return unclosed(open_.back());
  }
  if (hint.empty()) hint = hint_for(at());
  return refuse(diag::UnexpectedToken, at().span, std::move(hint), what, describe(at()));
}

bool Explainer::unclosed(std::uint32_t opener) {
  if (reported_[opener] || lexical_nearby() || (at_end() && at().after_finding)) return false;
  reported_[opener] = true;
  const std::string_view bracket = list_.tokens[opener].text;
  const char* closer = bracket == "("   ? "close it with )"
                       : bracket == "[" ? "close it with ]"
                                        : "close it with }";
  return refuse(diag::UnclosedBracket, list_.tokens[opener].span, closer, bracket);
}

std::string_view Explainer::target_name() const {
  switch (kind_) {
    case Kind::Call: return "a call";
    case Kind::Number: return "a number";
    case Kind::Text: return "a string";
    case Kind::Literal: return "a constant";
    case Kind::Function: return "a function";
    case Kind::Parenthesis: return "an expression in parentheses";
    default: return "an expression";
  }
}

}  // namespace ml::ast
