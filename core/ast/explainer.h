#pragma once

// The walk behind core/ast/explain.h; nothing else includes this. One method per rule of the grammar
// (language.md section 2). A method returns whether it ended where its rule ends; after `false` a finding is
// recorded and the caller only passes that on, up to the enclosing bracket or statement, where the walk
// continues.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ast/tokens.h"
#include "core/diag/sink.h"

namespace ml::ast {

class Explainer {
 public:
  Explainer(std::string_view text, TokenList list, bool reaches_end, DiagSink& sink);

  void program();
  void hole();  // the whole region is one expression

  struct Context {
    bool in_function = false, in_generator = false, top_level = true;
  };
  Context context;
  int depth = 0;

 private:
  enum class Kind : std::uint8_t { Name, Place, Call, Number, Text, Literal, Function, Parenthesis, Other };

  // statements (explain_statements.cpp)
  void statement_list(std::uint32_t opener);
  bool statement();
  bool keyword_statement();
  bool foreign_statement();
  bool simple(bool needs_end);
  bool assignment_or_expression();
  bool pattern();
  bool declaration(bool needs_end);
  bool block();
  bool body();
  bool function_rest(bool declaration);
  bool params();
  bool condition();
  bool if_statement();
  bool for_statement();
  bool try_statement();
  bool import_statement();
  bool capability();
  bool capability_item();
  bool nonlocal();
  bool bare_block();
  bool end_of_statement(std::uint32_t first);
  void recover(std::uint32_t first);
  std::string misspelt_keyword(std::uint32_t first) const;

  // expressions (explain_expressions.cpp)
  bool expression();
  bool ternary();
  bool binary(int level);
  bool unary();
  bool postfix();
  bool primary();
  bool arrow_ahead() const;
  bool arrow();
  bool arrow_body();
  bool array();
  bool object();
  bool property();
  bool arguments();
  bool subscript();
  bool template_holes();
  bool foreign_prefix(bool& handled);
  enum class Foreign : std::uint8_t { None, Operator, Done, Failed };
  Foreign foreign_operator(std::uint32_t first);
  bool no_expression();
  bool comprehension(std::uint32_t opener);
  bool assignment_inside();
  bool object_ahead() const;  // at `{` of a body or statement: is it an object literal (language.md 2.2)

  // tokens (explain.cpp)
  const Token& at(std::uint32_t ahead = 0) const {
    return list_.tokens[std::min<std::size_t>(pos_ + ahead, list_.tokens.size() - 1)];
  }
  bool is_punct(std::string_view text, std::uint32_t ahead = 0) const {
    return at(ahead).kind == TokenKind::Punct && at(ahead).text == text;
  }
  bool is_keyword(std::string_view text, std::uint32_t ahead = 0) const {
    return at(ahead).kind == TokenKind::Reserved && at(ahead).text == text;
  }
  bool is_word(std::string_view text, std::uint32_t ahead = 0) const {
    return at(ahead).kind == TokenKind::Word && at(ahead).text == text;
  }
  bool is_name(std::uint32_t ahead = 0) const { return at(ahead).kind == TokenKind::Word; }
  bool is_any_name(std::uint32_t ahead = 0) const {
    return is_name(ahead) || at(ahead).kind == TokenKind::Reserved;
  }
  bool at_end() const { return at().kind == TokenKind::End; }
  bool glued(std::string_view text, std::uint32_t ahead) const {
    return is_punct(text, ahead) && at(ahead).glued;
  }
  bool starts_operand(std::uint32_t ahead = 0) const;
  bool starts_value(std::uint32_t ahead = 0) const;  // an operand that cannot continue the operand before it
  void advance() {
    if (!at_end()) ++pos_;
  }
  bool take(std::string_view text) {
    if (!is_punct(text)) return false;
    advance();
    return true;
  }
  bool name(std::string_view expected);
  bool enter();  // false and a finding beyond the depth limit; pairs with --depth

  // brackets: `open_bracket` at the opener, `close_bracket` where the closer belongs; on a mistake inside,
  // `inside` is false and the walk goes on behind the closer.
  std::uint32_t open_bracket();
  bool close_bracket(std::uint32_t opener, bool inside, std::string_view wanted);
  bool skip_to_block();  // to a `{` further on in the line

  // findings
  std::string describe(const Token& token) const;
  bool expected(std::string_view what, std::string hint = {});
  bool unclosed(std::uint32_t opener);
  std::string_view target_name() const;
  std::string_view source(std::uint32_t first, std::uint32_t last) const;  // of tokens, empty when long
  std::string hint_for(const Token& found) const;
  Span between(std::uint32_t first, std::uint32_t last) const {
    return {list_.tokens[first].span.begin, list_.tokens[last].span.end};
  }
  // Records a finding and returns false.
  template <class... Args>
  bool refuse(const DiagDef<Args...>& def, Span span, std::string hint, std::type_identity_t<Args>... args) {
    sink_.emit(def, span, args...).hint = std::move(hint);
    last_refused_ = pos_;
    return false;
  }
  bool lexical_nearby() const;

  std::string_view text_;
  TokenList list_;
  bool reaches_end_;
  DiagSink& sink_;
  std::uint32_t pos_ = 0;
  std::uint32_t statement_ = 0;  // first token of the innermost statement
  std::uint32_t last_refused_ = Token::kNoMatch;
  Kind kind_ = Kind::Other;  // of the last postfix expression, for assignment targets
  std::uint32_t postfix_begin_ = 0, postfix_end_ = 0;
  std::vector<std::uint32_t> open_;  // brackets the walk is inside of
  std::vector<bool> reported_;       // openers reported as unclosed
};

}  // namespace ml::ast
