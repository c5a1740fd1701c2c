#include "core/ast/literals.h"

#include "core/text/hex.h"
#include "core/text/utf8.h"

namespace ml::ast {
namespace {

struct Escape {
  char32_t point = 0;
  std::size_t size = 0;  // with the backslash; 0: not a code point escape
};

Escape fixed(std::string_view body, std::size_t at, std::size_t digits) {
  if (at + 2 + digits > body.size()) return {};
  char32_t point = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_digit(body[at + 2 + i]);
    if (digit < 0) return {};
    point = point << 4 | static_cast<char32_t>(digit);
  }
  return {point, 2 + digits};
}

// The code point escape at body[at] == '\\'.
Escape point_escape(std::string_view body, std::size_t at) {
  if (at + 1 >= body.size()) return {};
  switch (body[at + 1]) {
    case 'x': return fixed(body, at, 2);
    case 'U': return fixed(body, at, 8);
    case 'u': break;
    default: return {};
  }
  if (at + 2 >= body.size() || body[at + 2] != '{') return fixed(body, at, 4);
  char32_t point = 0;
  std::size_t i = at + 3;
  for (; i < body.size() && i < at + 9 && hex_digit(body[i]) >= 0; ++i) {
    point = point << 4 | static_cast<char32_t>(hex_digit(body[i]));
  }
  if (i == at + 3 || i >= body.size() || body[i] != '}') return {};
  return {point, i + 1 - at};
}

}  // namespace

void unescape(std::string_view body, LiteralKind kind, std::string& out) {
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t slash = body.find('\\', at);
    out.append(body.substr(at, slash - at));
    if (slash == body.npos) return;
    at = slash;
    const char next = at + 1 < body.size() ? body[at + 1] : '\0';
    char plain = '\0';
    switch (next) {
      case 'n': plain = '\n'; break;
      case 't': plain = '\t'; break;
      case 'r': plain = '\r'; break;
      case '\\':
      case '"':
      case '\'':
      case '`': plain = next; break;
      case '$':
        if (kind == LiteralKind::Template) plain = next;
        break;
      case '\n': at += 2; continue;
      case '\r': at += body.substr(at + 2).starts_with('\n') ? 3 : 2; continue;
      default: break;
    }
    if (plain) {
      out.push_back(plain);
      at += 2;
      continue;
    }
    Escape escape = point_escape(body, at);
    if (escape.size == 0) {
      // Both characters stay; the second may be the start of a multi-byte character and is copied with the
      // rest.
      out.push_back('\\');
      at += 1;
      continue;
    }
    at += escape.size;
    if (escape.point >= 0xD800 && escape.point < 0xDC00) {
      const Escape low = point_escape(body, at);
      if (low.size && low.point >= 0xDC00 && low.point < 0xE000) {
        escape.point = 0x10000 + ((escape.point - 0xD800) << 10) + (low.point - 0xDC00);
        at += low.size;
      }
    }
    append_utf8(out, escape.point > 0x10FFFF ? 0xFFFD : escape.point);
  }
}

std::optional<Span> find_bad_escape(std::string_view body, std::size_t from) {
  for (std::size_t at = from; at < body.size();) {
    at = body.find('\\', at);
    if (at == body.npos) return std::nullopt;
    const Escape escape = point_escape(body, at);
    if (escape.point > 0x10FFFF) {
      return Span{static_cast<ByteOffset>(at), static_cast<ByteOffset>(at + escape.size)};
    }
    at += 2;
  }
  return std::nullopt;
}

}  // namespace ml::ast
