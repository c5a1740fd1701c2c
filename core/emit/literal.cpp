#include "core/emit/literal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ml::emit {
namespace {

constexpr std::pair<char32_t, char32_t> kReadable[] = {
    {0xA1, 0xAC},     {0xAE, 0x24F},     {0x391, 0x3A1},   {0x3A3, 0x3FF},   {0x400, 0x481},
    {0x48A, 0x52F},   {0x1E00, 0x1EFF},  {0x2010, 0x2027}, {0x2030, 0x205E}, {0x20A0, 0x20BF},
    {0x2190, 0x23FF}, {0x2500, 0x27BF},  {0x3041, 0x3096}, {0x30A1, 0x30FF}, {0x4E00, 0x9FFF},
    {0xAC00, 0xD7A3}, {0x1F300, 0x1FAFF}};

bool readable(char32_t c) {
  return std::ranges::any_of(kReadable,
                             [c](const auto& range) { return range.first <= c && c <= range.second; });
}

// Tolerates what core/text's strict decoder refuses: lone surrogates are valid in ML strings.
std::pair<char32_t, std::size_t> decode(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < s.size() ? static_cast<unsigned char>(s[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  if (size == 1) return {first, 1};
  char32_t c = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {first, 1};
    c = c << 6 | (byte(i) & 0x3F);
  }
  return {c, size};
}

void append_hex(std::string& to, char32_t c, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) to += "0123456789abcdef"[c >> shift & 15];
}

}  // namespace

void append_string(std::string& to, std::string_view s) {
  const auto plain = [](unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  to += '"';
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t begin = i;
    while (i < s.size() && plain(static_cast<unsigned char>(s[i]))) ++i;
    to.append(s, begin, i - begin);
    if (i == s.size()) break;
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x80) {
      ++i;
      if (c == '"' || c == '\\')
        (to += '\\') += static_cast<char>(c);
      else if (c == '\n')
        to += "\\n";
      else if (c == '\t')
        to += "\\t";
      else if (c == '\r')
        to += "\\r";
      else
        append_hex(to += "\\x", c, 2);
      continue;
    }
    const auto [point, size] = decode(s, i);
    if (size > 1 && readable(point))
      to.append(s, i, size);
    else if (point > 0xFFFF)
      append_hex(to += "\\U", point, 8);
    else
      append_hex(to += "\\u", point, 4);
    i += size;
  }
  to += '"';
}

bool append_number(std::string& to, std::string_view text, bool is_float) {
  if (is_float) {
    const std::size_t dot = text.find('.');
    if (dot == 0) to += '0';
    to += text.substr(0, dot == std::string_view::npos ? text.size() : dot + 1);
    if (dot == std::string_view::npos) return true;
    const std::string_view rest = text.substr(dot + 1);
    if (rest.empty() || rest.front() == 'e' || rest.front() == 'E') to += '0';
    to += rest;
    return true;
  }
  if (text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'b' || text[1] == 'o')) {
    to += text;
    return true;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  constexpr std::size_t kChunk = 4000;
  if (text.size() <= kChunk) {
    to += text;
    return true;
  }
  for (std::size_t left = text.size(); left > 0;) {
    const std::size_t size = left % kChunk ? left % kChunk : kChunk;
    std::string_view digits = text.substr(text.size() - left, size);
    left -= size;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    to += digits;
    if (left) ((to += " * 10 ** ") += std::to_string(left)) += " + ";
  }
  return false;
}

bool is_python_keyword(std::string_view word) {
  static constexpr std::array<std::string_view, 35> kWords = {
      "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
      "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
      "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
      "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
  return std::ranges::binary_search(kWords, word);
}

}  // namespace ml::emit
