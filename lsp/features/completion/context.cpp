#include "lsp/features/completion/context.h"

namespace ml::lsp {
namespace {

using ast::Token;
using ast::TokenKind;
using Kind = CompletionContext::Kind;

// The open braces, brackets and parentheses around the cursor.
class Around {
 public:
  explicit Around(const Cursor& cursor) : tokens_(cursor.tokens) {
    std::size_t depth = 0;
    for (std::size_t i = cursor.before; i-- > 0;) {
      const Token& t = tokens_[i];
      if (t.kind != TokenKind::Punct) continue;
      if (t.text == ")" || t.text == "]" || t.text == "}")
        ++depth;
      else if (t.text == "(" || t.text == "[" || t.text == "{")
        depth > 0 ? void(--depth) : opener(i);
    }
  }
  bool in_function = false, in_loop = false, any_brace = false;
  const Token* innermost = nullptr;  // the opening bracket
  std::size_t index = 0;             // of it
  bool capability = false;           // the innermost brace is of a capability

 private:
  std::string_view text(std::size_t i) const {
    return i < tokens_.size() ? tokens_[i].text : std::string_view();
  }
  void opener(std::size_t i) {
    if (!innermost) innermost = &tokens_[i], index = i;
    if (tokens_[i].text != "{") return;
    const bool first = !any_brace;
    any_brace = true;
    if (i == 0) return;
    if (text(i - 1) == "=>") {
      if (!in_function) in_function = true;
      return;
    }
    if (tokens_[i - 1].kind == TokenKind::Word) {  // capability a.b {
      std::size_t k = i - 1;
      while (k >= 2 && text(k - 1) == ".") k -= 2;
      if (k > 0 && text(k - 1) == "capability") capability = first;
      return;
    }
    if (text(i - 1) != ")") return;
    std::size_t depth = 0, k = i - 1;
    for (;; --k) {
      if (text(k) == ")" && tokens_[k].kind == TokenKind::Punct) ++depth;
      if (text(k) == "(" && tokens_[k].kind == TokenKind::Punct && --depth == 0) break;
      if (k == 0) return;
    }
    if (k == 0) return;
    const std::string_view head = text(k - 1);
    if (head == "while" || head == "for") {
      if (!in_function) in_loop = true;
    } else if (head != "if" && head != "elif" && head != "except") {
      in_function = true;
    }
  }
  const std::vector<Token>& tokens_;
};

bool is_parameter_list(const Cursor& c, std::size_t paren) {
  const auto text = [&](std::size_t back) {
    return back <= paren ? c.tokens[paren - back].text : std::string_view();
  };
  if (paren == 0) return false;
  if (text(1) == "function" || text(1) == "fn") return true;
  return paren >= 2 && (text(2) == "function" || text(2) == "*");
}

// In the quotes of `resource "` and `allow read "`.
bool is_capability_text(const Cursor& c) {
  std::size_t i = c.before;
  // The string itself may count as a token before.
  while (i > 0 && c.tokens[i - 1].span.end > c.inside.begin) --i;
  if (i == 0) return false;
  const std::string_view one = c.tokens[i - 1].text;
  if (one == "resource") return true;
  return i >= 2 && c.tokens[i - 2].text == "allow" && (one == "read" || one == "write" || one == "execute");
}

}  // namespace

CompletionContext context_of(const Cursor& cursor, const Revision& revision) {
  CompletionContext out;
  const std::string_view text = revision.text().text();
  const auto at = [&](Span s) { return text.substr(s.begin, s.size()); };
  out.replaced = cursor.word;
  out.prefix = at(cursor.prefix);
  if (cursor.where == Cursor::Where::Comment) return out;
  if (cursor.where == Cursor::Where::String) {
    if (!is_capability_text(cursor)) return out;
    out.kind = Kind::Path;
    out.replaced = cursor.inside;
    out.prefix = at({cursor.inside.begin, cursor.at});
    return out;
  }
  if (cursor.in_number) return out;

  const Around around(cursor);
  out.in_function = around.in_function;
  out.in_loop = around.in_loop;
  out.top_level = !around.any_brace;

  // import a.b
  for (std::size_t n = 0;; n += 2) {
    const Token* before = cursor.previous(n);
    if (before && before->text == "import" && before->kind == TokenKind::Reserved) {
      out.kind = Kind::Import;
      return out;
    }
    const Token* name = cursor.previous(n + 1);
    if (!before || before->text != "." || !name || name->kind != TokenKind::Word) break;
    out.dotted.insert(0, std::string(name->text) + ".");
  }
  out.dotted.clear();
  if (cursor.previous_is(".")) {
    const Token* owner = cursor.previous(1);
    if (!owner || owner->kind == TokenKind::Number) return out;
    out.kind = Kind::Member;
    out.dot = cursor.previous()->span.begin;
    return out;
  }
  if (around.capability && around.innermost && around.innermost->text == "{") {
    out.kind = Kind::Capability;
    const Token* before = cursor.previous();
    if (before && before->text == "allow") out.action = "allow";
    return out;
  }
  if (const Token* before = cursor.previous()) {
    const std::string_view word = before->text;
    const bool same_line =
        !before->span.size() || at({before->span.end, cursor.word.begin}).find('\n') == text.npos;
    if (word == "function" || (word == "as" && same_line && cursor.previous(1))) return out;
    if (word == "capability" && same_line && before->kind == TokenKind::Word && cursor.prefix.size() > 0 &&
        out.top_level)
      return out;
    if (word == "nonlocal") {
      out.kind = Kind::Outer;
      return out;
    }
    if (around.innermost && around.innermost->text == "(" && is_parameter_list(cursor, around.index)) {
      if (word == ":") out.kind = Kind::Type;
      if (word != "=") return out;  // a new name
    }
    if (word == ":" && cursor.previous_is(")", 1)) return out;
    out.after_block = word == "}";
    // A brace begins statements or an object: that of an object comes where a value does.
    const Token* opener = cursor.previous(1);
    const bool object = word == "{" && opener && opener->text != ")" && opener->text != "=>" &&
                        opener->text != "else" && opener->text != "try" && opener->text != "finally" &&
                        opener->text != "except";
    out.statement = word == ";" || word == "}" || (word == "{" && !object);
    if (around.innermost && around.innermost->text != "{") out.statement = false;
    if (!out.statement && !same_line && (!around.innermost || around.innermost->text == "{") &&
        before->kind != TokenKind::Punct)
      out.statement = true;
    if (!same_line && (word == ")" || word == "]") && (!around.innermost || around.innermost->text == "{"))
      out.statement = true;
  } else {
    out.statement = true;
  }
  out.kind = Kind::Name;
  return out;
}

}  // namespace ml::lsp
