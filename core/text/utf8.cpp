#include "core/text/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace ml {
namespace {

struct PointName {
  char32_t point;
  const char* name;
};

// Sorted by code point. Only what shows up in pasted programs; every other character shows itself.
constexpr PointName kNames[] = {
    {0x00, "NULL"},
    {0x01, "START OF HEADING"},
    {0x02, "START OF TEXT"},
    {0x03, "END OF TEXT"},
    {0x04, "END OF TRANSMISSION"},
    {0x05, "ENQUIRY"},
    {0x06, "ACKNOWLEDGE"},
    {0x07, "BELL"},
    {0x08, "BACKSPACE"},
    {0x0B, "LINE TABULATION"},
    {0x0E, "SHIFT OUT"},
    {0x0F, "SHIFT IN"},
    {0x10, "DATA LINK ESCAPE"},
    {0x11, "DEVICE CONTROL ONE"},
    {0x12, "DEVICE CONTROL TWO"},
    {0x13, "DEVICE CONTROL THREE"},
    {0x14, "DEVICE CONTROL FOUR"},
    {0x15, "NEGATIVE ACKNOWLEDGE"},
    {0x16, "SYNCHRONOUS IDLE"},
    {0x17, "END OF TRANSMISSION BLOCK"},
    {0x18, "CANCEL"},
    {0x19, "END OF MEDIUM"},
    {0x1A, "SUBSTITUTE"},
    {0x1B, "ESCAPE"},
    {0x1C, "INFORMATION SEPARATOR FOUR"},
    {0x1D, "INFORMATION SEPARATOR THREE"},
    {0x1E, "INFORMATION SEPARATOR TWO"},
    {0x1F, "INFORMATION SEPARATOR ONE"},
    {0x7F, "DELETE"},
    {0x85, "NEXT LINE"},
    {0xA0, "NO-BREAK SPACE"},
    {0xAD, "SOFT HYPHEN"},
    {0xD7, "MULTIPLICATION SIGN"},
    {0xF7, "DIVISION SIGN"},
    {0x37E, "GREEK QUESTION MARK"},
    {0x1680, "OGHAM SPACE MARK"},
    {0x180E, "MONGOLIAN VOWEL SEPARATOR"},
    {0x2000, "EN QUAD"},
    {0x2001, "EM QUAD"},
    {0x2002, "EN SPACE"},
    {0x2003, "EM SPACE"},
    {0x2004, "THREE-PER-EM SPACE"},
    {0x2005, "FOUR-PER-EM SPACE"},
    {0x2006, "SIX-PER-EM SPACE"},
    {0x2007, "FIGURE SPACE"},
    {0x2008, "PUNCTUATION SPACE"},
    {0x2009, "THIN SPACE"},
    {0x200A, "HAIR SPACE"},
    {0x200B, "ZERO WIDTH SPACE"},
    {0x200C, "ZERO WIDTH NON-JOINER"},
    {0x200D, "ZERO WIDTH JOINER"},
    {0x200E, "LEFT-TO-RIGHT MARK"},
    {0x200F, "RIGHT-TO-LEFT MARK"},
    {0x2013, "EN DASH"},
    {0x2014, "EM DASH"},
    {0x2018, "LEFT SINGLE QUOTATION MARK"},
    {0x2019, "RIGHT SINGLE QUOTATION MARK"},
    {0x201C, "LEFT DOUBLE QUOTATION MARK"},
    {0x201D, "RIGHT DOUBLE QUOTATION MARK"},
    {0x2026, "HORIZONTAL ELLIPSIS"},
    {0x2028, "LINE SEPARATOR"},
    {0x2029, "PARAGRAPH SEPARATOR"},
    {0x202A, "LEFT-TO-RIGHT EMBEDDING"},
    {0x202B, "RIGHT-TO-LEFT EMBEDDING"},
    {0x202C, "POP DIRECTIONAL FORMATTING"},
    {0x202D, "LEFT-TO-RIGHT OVERRIDE"},
    {0x202E, "RIGHT-TO-LEFT OVERRIDE"},
    {0x202F, "NARROW NO-BREAK SPACE"},
    {0x205F, "MEDIUM MATHEMATICAL SPACE"},
    {0x2060, "WORD JOINER"},
    {0x2066, "LEFT-TO-RIGHT ISOLATE"},
    {0x2067, "RIGHT-TO-LEFT ISOLATE"},
    {0x2068, "FIRST STRONG ISOLATE"},
    {0x2069, "POP DIRECTIONAL ISOLATE"},
    {0x2212, "MINUS SIGN"},
    {0x2260, "NOT EQUAL TO"},
    {0x2264, "LESS-THAN OR EQUAL TO"},
    {0x2265, "GREATER-THAN OR EQUAL TO"},
    {0x3000, "IDEOGRAPHIC SPACE"},
    {0xFEFF, "ZERO WIDTH NO-BREAK SPACE"},
    {0xFF08, "FULLWIDTH LEFT PARENTHESIS"},
    {0xFF09, "FULLWIDTH RIGHT PARENTHESIS"},
    {0xFF0C, "FULLWIDTH COMMA"},
    {0xFF1A, "FULLWIDTH COLON"},
    {0xFF1B, "FULLWIDTH SEMICOLON"},
    {0xFFFD, "REPLACEMENT CHARACTER"},
};

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

DecodedPoint decode_utf8(std::string_view text, std::size_t at) {
  constexpr DecodedPoint bad{0xFFFD, 1, false};
  const unsigned char a = byte_at(text, at), b = byte_at(text, at + 1), c = byte_at(text, at + 2),
                      d = byte_at(text, at + 3);
  if (a < 0x80) return {a, 1, true};
  if (a < 0xC2 || a > 0xF4 || !continues(b)) return bad;
  if (a < 0xE0) return {static_cast<char32_t>((a & 0x1F) << 6 | (b & 0x3F)), 2, true};
  if (!continues(c)) return bad;
  if (a < 0xF0) {
    const auto point = static_cast<char32_t>((a & 0x0F) << 12 | (b & 0x3F) << 6 | (c & 0x3F));
    return point < 0x800 || (point >= 0xD800 && point < 0xE000) ? bad : DecodedPoint{point, 3, true};
  }
  if (!continues(d)) return bad;
  const auto point =
      static_cast<char32_t>((a & 0x07) << 18 | (b & 0x3F) << 12 | (c & 0x3F) << 6 | (d & 0x3F));
  return point < 0x10000 || point > 0x10FFFF ? bad : DecodedPoint{point, 4, true};
}

std::optional<ByteOffset> find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    while (at + 8 <= text.size()) {
      std::memcpy(&word, text.data() + at, 8);
      if (word & 0x8080808080808080u) break;
      at += 8;
    }
    if (at >= text.size()) break;
    const DecodedPoint next = decode_utf8(text, at);
    if (!next.valid) return static_cast<ByteOffset>(at);
    at += next.size;
  }
  return std::nullopt;
}

void append_utf8(std::string& to, char32_t point) {
  const auto put = [&](char32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

std::size_t count_points(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size(); ++n) {
    at += static_cast<unsigned char>(text[at]) < 0x80 ? 1 : decode_utf8(text, at).size;
  }
  return n;
}

std::string describe_point(char32_t point) {
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "U+%04X", static_cast<unsigned>(point));
  std::string out = hex.data();
  const auto* named = std::lower_bound(std::begin(kNames), std::end(kNames), point,
                                       [](const PointName& a, char32_t b) { return a.point < b; });
  if (named != std::end(kNames) && named->point == point) return out + " " + named->name;
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return out + " CONTROL CHARACTER";
  out += " '";
  append_utf8(out, point);
  return out + "'";
}

}  // namespace ml
