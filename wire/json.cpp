#include "wire/json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "core/text/hex.h"
#include "core/text/utf8.h"

namespace ml::wire {
namespace {

// The unit of `\uXXXX` at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Boost.JSON refuses lone surrogates: here they become bytes, which it is told not to look at.
std::optional<std::string> without_lone_surrogates(std::string_view text) {
  std::optional<std::string> out;
  std::size_t copied = 0;
  for (std::size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
    const int unit = escaped_unit(text, at);
    if (is_high(unit) && is_low(escaped_unit(text, at + 6))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      if (!out) out.emplace();
      out->append(text.substr(copied, at - copied));
      append_utf8(*out, static_cast<char32_t>(unit));
      at += 6;
      copied = at;
    } else {
      at += 2;
    }
    if (at >= text.size()) break;
  }
  if (out) out->append(text.substr(std::min(copied, text.size())));
  return out;
}

// A high surrogate in bytes next to a low one would be a pair when the client sees them: they came from it as
// such and go back as such, so nothing is joined here.
void escape_surrogates(std::string& text) {
  std::size_t at = text.find('\xED');
  if (at == text.npos) return;
  std::string out;
  std::size_t copied = 0;
  for (; at != text.npos; at = text.find('\xED', at + 1)) {
    if (at + 2 >= text.size() || static_cast<unsigned char>(text[at + 1]) < 0xA0) continue;
    static constexpr char kHex[] = "0123456789abcdef";
    const unsigned unit = 0xD000u | (static_cast<unsigned char>(text[at + 1]) & 0x3Fu) << 6 |
                          (static_cast<unsigned char>(text[at + 2]) & 0x3Fu);
    out.append(text, copied, at - copied).append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[unit >> shift & 15]);
    copied = at + 3;
  }
  if (copied != 0) text = out.append(text, copied);
}

// Boost.JSON multiplies: of a zero with a large exponent it makes a NaN.
void spell_zeros(json::value& value) {
  if (auto* number = value.if_double()) {
    if (std::isnan(*number)) *number = 0;
  } else if (auto* list = value.if_array()) {
    for (json::value& item : *list) spell_zeros(item);
  } else if (auto* fields = value.if_object()) {
    for (auto& field : *fields) spell_zeros(field.value());
  }
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text, std::string& problem) {
  if (starts_with_bom(text)) text.remove_prefix(3);
  if (const auto bad = find_invalid_utf8(text)) {
    problem = "invalid UTF-8 at byte " + std::to_string(*bad);
    return std::nullopt;
  }
  json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_invalid_utf8 = true;  // checked above
  const auto rewritten = without_lone_surrogates(text);
  boost::system::error_code failed;
  json::value value = json::parse(sv(rewritten ? *rewritten : text), failed, {}, options);
  if (failed) {
    problem = failed == json::error::too_deep ? "nested too deeply" : "not JSON: " + failed.message();
    return std::nullopt;
  }
  if (text.find("0e") != text.npos || text.find("0E") != text.npos) spell_zeros(value);
  return value;
}

// A number too large for a double, which JSON has no word for: `Infinity` outside of strings.
static void spell_infinity(std::string& text) {
  constexpr std::string_view kWord = "Infinity", kNumber = "1e999";
  bool inside = false;
  for (std::size_t i = text.find(kWord) == text.npos ? text.size() : 0; i < text.size(); ++i) {
    if (text[i] == '"') inside = !inside;
    if (inside && text[i] == '\\') ++i;
    if (!inside && std::string_view(text).substr(i).starts_with(kWord))
      text.replace(i, kWord.size(), kNumber);
  }
}

std::string write_json(const json::value& value) {
  std::string text = json::serialize(value);
  spell_infinity(text);
  escape_surrogates(text);
  return text;
}

void append_number(std::string& to, std::uint32_t number) {
  if (number < 10) return to.push_back(static_cast<char>('0' + number));
  char digits[10];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_string(std::string& to, std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c < '\x7F' && c != '"' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), plain)) {
    to.append(write_json(json::value(sv(text))));
    return;
  }
  to.push_back('"');
  to.append(text).push_back('"');
}

std::optional<std::int64_t> integer_of(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_double()) {
    const double d = value.get_double();
    if (std::trunc(d) == d && d >= -9.2e18 && d <= 9.2e18) return static_cast<std::int64_t>(d);
  }
  return std::nullopt;
}

}  // namespace ml::wire
