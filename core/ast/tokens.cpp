#include "core/ast/tokens.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/ast/literals.h"
#include "core/text/utf8.h"

namespace ml::ast {
namespace {

constexpr int kDeepestTemplate = 200;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_literal_word(std::string_view w) {
  return w == "true" || w == "false" || w == "null" || w == "undefined";
}

bool opens_header(std::string_view w) {
  return w == "if" || w == "elif" || w == "while" || w == "for" || w == "except" || w == "function" ||
         w == "fn";
}

// The length of an operator or bracket at the start of `rest`, or 0. `=>` and the like are one token; what ML
// does not have (`+=`, `**`, `<<`) is several, since `a +-b` and `a - -b` are ML.
std::size_t punct_length(std::string_view rest) {
  for (const std::string_view op : {"...", "=>", "==", "!=", "<=", ">=", "&&", "||", "//"}) {
    if (rest.starts_with(op)) return op.size();
  }
  return std::string_view("+-*/%=<>!?:()[]{},.;@~^&|").find(rest.front()) != std::string_view::npos ? 1 : 0;
}

class Scanner {
 public:
  Scanner(std::string_view text, Span region, ScanMode mode)
      : text_(text.substr(0, region.end)), region_(region), mode_(mode) {}

  TokenList run(DiagSink& sink) {
    // A quote too few turns the texts of the following lines inside out. The first string with a line break
    // in it that is followed by what no string is followed by is the culprit: it is cut at the end of its
    // line.
    for (int tries = 0; tries < 4; ++tries) {
      pass();
      if (!unterminated_ || !suspect_) break;
      cuts_.push_back(*suspect_);
    }
    sink.add(sink_.take());
    return std::move(list_);
  }

 private:
  void pass();
  bool skip_space();
  bool floor_division() const;
  std::size_t number_end(std::size_t at) const;
  void number();
  void string(char quote);
  void template_text();
  std::optional<std::size_t> template_end(std::size_t at, int depth, std::vector<Span>* holes);
  void punct();
  void bad_character();

  Span span(std::size_t begin, std::size_t end) const {
    return {static_cast<ByteOffset>(begin), static_cast<ByteOffset>(end)};
  }
  char peek(std::size_t by = 0) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }
  std::size_t line_end(std::size_t at) const { return std::min(text_.find('\n', at), text_.size()); }
  std::size_t word_end(std::size_t at) const {
    while (at < text_.size() && is_word(text_[at])) ++at;
    return at;
  }
  bool cut(std::size_t at) const { return std::find(cuts_.begin(), cuts_.end(), at) != cuts_.end(); }

  Token& put(TokenKind kind, std::size_t end) {
    Token token{kind,     newline_,       !spaced_ && !list_.tokens.empty(),
                finding_, span(at_, end), text_.substr(at_, end - at_)};
    finding_ = false;
    at_ = end;
    return list_.tokens.emplace_back(token);
  }
  void unterminated(std::string_view what, std::size_t end) {
    finding_ = true;
    sink_.emit(diag::UnterminatedString, span(at_, end), what).hint =
        what == "string" ? std::string("close it with ") + text_[at_] : "close it with `";
  }
  void check_escapes(std::size_t begin, std::size_t end) {
    const std::string_view body = text_.substr(begin, end - begin);
    for (auto bad = find_bad_escape(body); bad; bad = find_bad_escape(body, bad->end)) {
      finding_ = true;
      sink_.emit(diag::InvalidEscape, bad->moved(static_cast<ByteOffset>(begin)),
                 body.substr(bad->begin, bad->size()));
    }
  }

  std::string_view text_;  // up to the end of the region
  Span region_;
  ScanMode mode_;
  DiagSink sink_;
  TokenList list_;
  std::size_t at_ = 0;
  bool newline_ = false, spaced_ = false, finding_ = false, unterminated_ = false;
  std::optional<std::size_t> suspect_;
  std::vector<std::size_t> cuts_;
  std::vector<bool> headers_;  // per open `(`: is it a header parenthesis (language.md 1.3)
  bool after_header_ = false;  // the last token closed one
};

void Scanner::pass() {
  list_ = {};
  sink_.take();
  headers_.clear();
  suspect_.reset();
  at_ = region_.begin;
  list_.tokens.reserve((text_.size() - at_) / 5 + 8);
  newline_ = true;
  spaced_ = finding_ = unterminated_ = after_header_ = false;
  if (at_ == 0 && starts_with_bom(text_)) at_ = 3;
  while (skip_space()) {
    const char c = text_[at_];
    if (is_letter(c)) {
      const std::size_t end = word_end(at_);
      const bool member = !list_.tokens.empty() && list_.tokens.back().text == ".";
      put(!member && is_reserved(text_.substr(at_, end - at_)) ? TokenKind::Reserved : TokenKind::Word, end);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '"' || c == '\'') {
      string(c);
    } else if (c == '`') {
      template_text();
    } else if (punct_length(text_.substr(at_)) > 0) {
      punct();
    } else {
      bad_character();
    }
    newline_ = spaced_ = false;
  }
  put(TokenKind::End, text_.size());
}

// Moves to the next token; false at the end.
bool Scanner::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool file = mode_ == ScanMode::File;
    if (is_space(c)) {
      newline_ |= c == '\n';
      ++at_;
    } else if (c == '/' && peek(1) == '*') {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == text_.npos) {
        sink_.emit(diag::UnterminatedComment, span(at_, line_end(at_))).hint = "close it with */";
        finding_ = true;
        at_ = text_.size();
      } else {
        newline_ |= text_.substr(at_, end - at_).find('\n') != text_.npos;
        at_ = end + 2;
      }
    } else if (file && (c == '#' || (c == '/' && peek(1) == '/' && !floor_division()))) {
      at_ = line_end(at_);
    } else {
      return true;
    }
    spaced_ = true;
  }
  return false;
}

// Whether the `//` at at_ divides: the rule of language.md 1.3.
bool Scanner::floor_division() const {
  if (list_.tokens.empty() || newline_) return false;
  const Token& before = list_.tokens.back();
  const bool operand = before.kind == TokenKind::Number || before.kind == TokenKind::Word ||
                       before.text == "]" || (before.text == ")" && !after_header_);
  if (!operand) return false;
  const std::string_view line = text_.substr(0, line_end(at_));
  int open = 0;
  bool any = false, after_operand = false, ends_in_dot = false;
  for (std::size_t i = at_ + 2; i < line.size();) {
    const char c = line[i];
    const std::string_view rest = line.substr(i);
    if (is_space(c)) {
      ++i;
      continue;
    }
    if (c == ';' || c == '#' || rest.starts_with("//") || rest.starts_with("/*")) break;
    if (c == ')' || c == ']' || c == '}') {
      if (open-- == 0) break;
      after_operand = c != '}';
      ++i;
    } else {
      std::size_t end = i + 1;
      bool operand_here = true, starts = false;
      if (is_letter(c)) {
        end = word_end(i);
        const std::string_view word = line.substr(i, end - i);
        const bool member = line[i - 1] == '.';
        starts = member || !is_reserved(word);
        operand_here = starts || is_literal_word(word);
        if (member) after_operand = false;
      } else if (is_digit(c) || (c == '.' && i + 1 < line.size() && is_digit(line[i + 1]))) {
        end = number_end(i);
        starts = true;
      } else if (c == '"' || c == '\'' || c == '`') {
        while (end < line.size() && line[end] != c) end += line[end] == '\\' ? 2 : 1;
        if (end >= line.size()) return false;
        ++end;
      } else {
        operand_here = false;
        const std::size_t length = punct_length(rest);
        if (length == 0 || (length == 1 && std::string_view("@~^&|").find(c) != std::string_view::npos))
          return false;
        if (c == '!' && length == 1 && after_operand) return false;
        starts = c == '(' || c == '-';
        if (c == '(' || c == '[' || c == '{') ++open;
        end = i + length;
      }
      if (!any && !starts) return false;
      if (operand_here && after_operand) return false;
      after_operand = operand_here;
      ends_in_dot = line[end - 1] == '.';
      i = end;
      any = true;
      continue;
    }
    ends_in_dot = false;
  }
  return any && !ends_in_dot;
}

// The end of the well-formed number at `at`.
std::size_t Scanner::number_end(std::size_t at) const {
  const auto get = [&](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const auto digits = [&](std::size_t i) {
    while (is_digit(get(i))) ++i;
    return i;
  };
  const auto exponent = [&](std::size_t i) {
    if (get(i) != 'e' && get(i) != 'E') return i;
    const std::size_t first = get(i + 1) == '+' || get(i + 1) == '-' ? i + 2 : i + 1;
    return is_digit(get(first)) ? digits(first) : i;
  };
  const char base = static_cast<char>(get(at + 1) | 0x20);
  if (get(at) == '0' && (base == 'x' || base == 'b' || base == 'o')) {
    std::size_t i = at + 2;
    const auto fits = [&](char c) {
      if (base == 'x') return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      return c >= '0' && c <= (base == 'b' ? '1' : '7');
    };
    while (fits(get(i))) ++i;
    return i > at + 2 ? i : at + 1;
  }
  std::size_t i = digits(at);
  if (get(i) == '.') {
    const std::size_t after = i + 1;
    if (!is_letter(get(after)) || exponent(after) != after) i = digits(after);
  }
  return exponent(i);
}

void Scanner::number() {
  std::size_t end = number_end(at_);
  if (end < text_.size() && is_word(text_[end])) {
    end = word_end(end);
    sink_.emit(diag::MalformedNumber, span(at_, end), text_.substr(at_, end - at_));
    finding_ = true;
  }
  put(TokenKind::Number, end);
}

void Scanner::string(char quote) {
  std::size_t end = at_ + 1;
  const std::size_t line = line_end(at_);
  while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
  if (cut(at_) || end >= text_.size()) {
    unterminated_ |= !cut(at_);
    end = line;
    while (end > at_ + 1 && text_[end - 1] == '\r') --end;
    unterminated("string", end);
    put(TokenKind::String, end);
    finding_ = true;
    return;
  }
  ++end;
  if (!suspect_ && end > line) {
    const std::size_t next = std::min(text_.find_first_not_of(" \t", end), text_.size());
    if (next < text_.size() &&
        std::string_view(";,)]}:+.=!<>?*&|[\n\r#/").find(text_[next]) == std::string_view::npos) {
      suspect_ = at_;
    }
  }
  check_escapes(at_ + 1, end - 1);
  put(TokenKind::String, end);
}

void Scanner::template_text() {
  const auto holes = static_cast<std::uint32_t>(list_.holes.size());
  const auto end = template_end(at_ + 1, 0, &list_.holes);
  if (!end) {
    list_.holes.resize(holes);
    std::size_t stop = line_end(at_);
    unterminated("template", stop);
    put(TokenKind::Template, stop);
    finding_ = true;
    return;
  }
  std::size_t text = at_ + 1;
  for (std::size_t i = holes; i < list_.holes.size(); ++i) {
    check_escapes(text, list_.holes[i].begin - 2);
    text = list_.holes[i].end + 1;
  }
  check_escapes(text, *end - 1);
  Token& token = put(TokenKind::Template, *end);
  token.holes = holes;
  token.hole_count = static_cast<std::uint32_t>(list_.holes.size()) - holes;
}

// The end of the template whose text starts at `at`, or nothing. Holes go to `holes`.
std::optional<std::size_t> Scanner::template_end(std::size_t at, int depth, std::vector<Span>* holes) {
  if (depth > kDeepestTemplate) {
    list_.too_deep = true;
    return std::nullopt;
  }
  while (at < text_.size()) {
    const std::string_view rest = text_.substr(at);
    if (rest.front() == '`') return at + 1;
    if (rest.front() == '\\') {
      at += 2;
    } else if (!rest.starts_with("${")) {
      ++at;
    } else {
      const std::size_t begin = at += 2;
      for (int open = 0; at < text_.size(); ++at) {
        const char c = text_[at];
        if (c == '}' && open-- == 0) break;
        if (c == '{') ++open;
        if (c == '"' || c == '\'') {
          for (++at; at < text_.size() && text_[at] != c;) at += text_[at] == '\\' ? 2 : 1;
        } else if (c == '`') {
          const auto end = template_end(at + 1, depth + 1, nullptr);
          if (!end) return std::nullopt;
          at = *end - 1;
        } else if (c == '/' && at + 1 < text_.size() && text_[at + 1] == '*') {
          at = std::min(text_.find("*/", at + 2), text_.size() - 1);
          if (at + 1 < text_.size()) ++at;
        }
      }
      if (at >= text_.size()) return std::nullopt;
      if (holes) holes->push_back(span(begin, at));
      ++at;
    }
  }
  return std::nullopt;
}

void Scanner::punct() {
  const std::string_view rest = text_.substr(at_);
  const std::size_t length = punct_length(rest);
  bool closed_header = false;
  if (rest.front() == '(') {
    const std::vector<Token>& t = list_.tokens;
    const auto back = [&](std::size_t n) {
      return t.size() >= n ? t[t.size() - n].text : std::string_view{};
    };
    const auto keyword = [&](std::size_t n) {
      return t.size() >= n && t[t.size() - n].kind == TokenKind::Reserved;
    };
    headers_.push_back((keyword(1) && opens_header(back(1))) || (keyword(2) && back(2) == "function") ||
                       (keyword(3) && back(3) == "function" && back(2) == "*"));
  } else if (rest.front() == ')' && !headers_.empty()) {
    closed_header = headers_.back();
    headers_.pop_back();
  }
  put(TokenKind::Punct, at_ + length);
  after_header_ = closed_header;
}

void Scanner::bad_character() {
  const std::size_t begin = at_;
  const DecodedPoint first = decode_utf8(text_, at_);
  // A run of such characters is one mistake.
  while (at_ < text_.size() && !is_space(text_[at_]) && !is_word(text_[at_]) && text_[at_] != '"' &&
         text_[at_] != '\'' && text_[at_] != '`' && punct_length(text_.substr(at_)) == 0) {
    at_ += decode_utf8(text_, at_).size;
  }
  finding_ = true;
  if (!first.valid) return;  // ML0001 is reported for the whole file
  const std::string shown = describe_point(first.point);
  Diagnostic& found =
      first.point > 0x20 && first.point < 0x7F
          ? sink_.emit(diag::UnexpectedCharacter, span(begin, at_), "'" + std::string(1, text_[begin]) + "'")
          : sink_.emit(diag::UnexpectedCharacter, span(begin, at_), shown);
  found.hint = shown;
  if (first.point == 0x201C || first.point == 0x201D) found.hint += ": write \"";
  if (first.point == 0x2018 || first.point == 0x2019) found.hint += ": write '";
  if (first.point == '$') found.hint = "U+0024: '$' has a meaning only in templates, `${…}`";
}

}  // namespace

TokenList scan(std::string_view text, Span region, ScanMode mode, DiagSink& sink) {
  return Scanner(text, region, mode).run(sink);
}

std::span<const std::string_view> reserved_words() {
  static constexpr std::string_view kWords[] = {"if",    "elif",     "else",     "while",   "for",  "in",
                                                "break", "continue", "fn",       "return",  "try",  "except",
                                                "throw", "import",   "function", "finally", "true", "false",
                                                "null",  "nonlocal", "undefined"};
  return kWords;
}

bool is_reserved(std::string_view word) {
  const auto words = reserved_words();
  return word.size() >= 2 && word.size() <= 9 && std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace ml::ast
