#include "core/ast/explainer.h"

namespace ml::ast {

bool Explainer::function_rest(bool declaration) {
  advance();
  const bool star = take("*");
  if ((declaration || is_any_name()) && !name("a function name")) return false;
  if (!params()) return false;
  if (take(":") && !name("a type name")) return false;
  if (is_punct("=>")) return expected("'{'", "'function' takes a block; an arrow function begins with fn");
  const Context outer = std::exchange(context, Context{true, star, false});
  const bool ok = block();
  context = outer;
  return ok;
}

bool Explainer::params() {
  if (!is_punct("(")) return expected("'('");
  const std::uint32_t opener = open_bracket();
  bool ok = enter(), seen_default = false;
  while (ok && !is_punct(")")) {
    if (is_punct("...")) {
      refuse(diag::SpreadOrRest, at().span, "pass an array");
      advance();
    }
    if (is_punct("{") || is_punct("[")) {
      ok = expected("a parameter name", "take the value apart in the body");
      break;
    }
    const Token parameter = at();
    ok = name("a parameter name");
    if (ok && take(":")) ok = name("a type name");
    if (!ok) break;
    if (take("=")) {
      seen_default = true;
      ok = expression();
    } else if (seen_default) {
      refuse(diag::DefaultOrder, parameter.span, "give it a default, or move it to the front",
             parameter.text);
    }
    if (!ok || !take(",")) break;
  }
  --depth;
  return close_bracket(opener, ok, "',' or ')'");
}

bool Explainer::condition() {
  if (!is_punct("(")) {
    expected("'('", "conditions stand in parentheses");
    return skip_to_block();
  }
  const std::uint32_t opener = open_bracket();
  const bool ok = expression() && assignment_inside();
  return close_bracket(opener, ok, "')'");
}

bool Explainer::if_statement() {
  advance();
  if (!condition() || !body()) return false;
  for (;;) {
    const bool misspelt = (is_word("elseif") || is_word("elsif")) && is_punct("(", 1);
    if (is_keyword("elif") || misspelt) {
      const bool bare = !misspelt && !is_punct("(", 1);
      if (misspelt || bare) {
        refuse(diag::ElseIfSpelling, at().span, "write elif (…)", at().text);
      }
      advance();
      if (bare ? !skip_to_block() : !condition()) return false;
      if (!body()) return false;
    } else if (is_keyword("else")) {
      advance();
      if (!is_keyword("if")) return body();
      advance();
      if (!condition() || !body()) return false;
    } else {
      return true;
    }
  }
}

bool Explainer::for_statement() {
  advance();
  if (!is_punct("(")) {
    expected("'('", "write for (x in xs) or for (i = 0; i < n; i = i + 1)");
    return skip_to_block() && body();
  }
  const std::uint32_t opener = open_bracket();
  const bool declared = (is_word("let") || is_word("const") || is_word("var")) &&
                        (is_any_name(1) || is_punct("[", 1) || is_punct("{", 1)) && !is_keyword("in", 1);
  const std::uint32_t variable = declared ? 1 : 0;
  bool ok = true;
  if (is_any_name(variable) && is_keyword("in", variable + 1)) {
    if (declared) advance();
    ok = name("a name");
    advance();
    ok = ok && expression() && assignment_inside();
    ok = close_bracket(opener, ok, "')'");
  } else if (is_name(variable) && is_word("of", variable + 1)) {
    pos_ += variable + 1;
    expected("'in'", "write for (x in xs)");
    ok = close_bracket(opener, false, "')'");
  } else {
    if (!is_punct(";")) ok = declared ? declaration(false) : assignment_or_expression();
    if (ok && is_punct(","))
      ok = expected("';'", "set other variables before the loop, change them in its body");
    if (ok)
      ok = take(";") ||
           expected("';'", is_keyword("in") ? "one variable only: take the value apart in the body" : "");
    if (ok && !is_punct(";")) ok = expression() && assignment_inside();
    if (ok) ok = take(";") || expected("';'");
    if (ok && !is_punct(")")) ok = assignment_or_expression();
    ok = close_bracket(opener, ok, "')'");
  }
  return ok && body();
}

bool Explainer::try_statement() {
  advance();
  if (!block()) return false;
  for (;;) {
    const bool misspelt = is_word("catch") && (is_punct("(", 1) || is_punct("{", 1));
    if (!is_keyword("except") && !misspelt) break;
    if (misspelt) refuse(diag::CatchClause, at().span, "write except (e)");
    advance();
    if (is_punct("(")) {
      const std::uint32_t opener = open_bracket();
      const bool ok = name("a name");
      if (!close_bracket(opener, ok, "')'")) return false;
    } else if (is_name()) {
      expected("'(' or '{'", "write except (e)");
      if (!skip_to_block()) return false;
    }
    if (!block()) return false;
  }
  if (!is_keyword("finally")) return true;
  advance();
  return block();
}

bool Explainer::import_statement() {
  const std::uint32_t first = pos_;
  if (!context.top_level) {
    refuse(diag::NotTopLevel, at().span, "move it to the top level of the file", "import");
  }
  advance();
  const auto other_form = [&] {
    return refuse(diag::ImportForm, between(first, pos_), "write import a; then a.b");
  };
  if (is_punct("{") || is_punct("*") || at().kind == TokenKind::String) return other_form();
  if (!name("a module name")) return false;
  while (take(".")) {
    if (is_punct("*")) return other_form();
    if (!name("a module name")) return false;
  }
  if (is_word("as")) {
    advance();
    if (!name("a name")) return false;
  }
  if (is_punct(",") || is_word("from")) return other_form();
  return end_of_statement(first);
}

bool Explainer::nonlocal() {
  const std::uint32_t first = pos_;
  if (!context.in_function) {
    refuse(diag::NonlocalAtTop, at().span, "at top level every variable is the module's own");
  }
  advance();
  do {
    if (!name("a name")) return false;
  } while (take(","));
  return end_of_statement(first);
}

bool Explainer::capability() {
  if (!context.top_level) {
    refuse(diag::NotTopLevel, at().span, "move it to the top level of the file", "capability");
  }
  pos_ += 2;
  while (take(".")) {
    if (!name("a name")) return false;
  }
  if (!is_punct("{")) return expected("'{'");
  const std::uint32_t opener = pos_;
  advance();
  while (!at_end() && !is_punct("}")) {
    const std::uint32_t first = statement_ = pos_;
    if (take(";")) continue;
    if (!capability_item()) recover(first);
  }
  if (list_.tokens[opener].match != pos_) {
    unclosed(opener);
    return true;
  }
  advance();
  return true;
}

bool Explainer::capability_item() {
  const std::uint32_t first = pos_;
  const auto bad = [&](std::uint32_t last, const char* hint) {
    return !lexical_nearby() && refuse(diag::BadCapabilityItem, between(first, last), hint);
  };
  constexpr const char* kItems = "write resource \"pattern\"; or allow read \"pattern\";";
  constexpr const char* kActions = "an action is read, write, execute, network or system";
  if (is_word("resource")) {
    advance();
    if (at().kind != TokenKind::String) return bad(first, "a resource is a string");
    advance();
  } else if (is_word("allow")) {
    advance();
    const bool known =
        is_word("read") || is_word("write") || is_word("execute") || is_word("network") || is_word("system");
    if (!known) return bad(is_any_name() ? pos_ : first, kActions);
    advance();
    if (at().kind == TokenKind::String) advance();
  } else {
    return bad(first, kItems);
  }
  const bool next = at().newline_before || is_word("allow") || is_word("resource");
  if (!is_punct(";") && !is_punct("}") && !at_end() && !next) return bad(pos_, kItems);
  if (!next || is_punct(";") || is_punct("}") || at_end()) {
    take(";");
    return true;
  }
  const ByteOffset end = list_.tokens[pos_ - 1].span.end;
  if (!lexical_nearby()) refuse(diag::MissingTerminator, {end, end}, "insert ;");
  return true;
}

}  // namespace ml::ast
