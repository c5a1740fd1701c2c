#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/span.h"

namespace ml {

// One decoded code point and how many bytes it took. Bytes that are no UTF-8 decode one at a time as U+FFFD.
struct DecodedPoint {
  char32_t point = 0;
  std::uint32_t size = 0;
  bool valid = true;
};
DecodedPoint decode_utf8(std::string_view text, std::size_t at);

// The first byte that is not part of well-formed UTF-8 (overlong forms, surrogates and points beyond U+10FFFF
// are not), or nothing.
std::optional<ByteOffset> find_invalid_utf8(std::string_view text);

// Appends a code point. Lone surrogates are written as their three bytes (CPython's "surrogatepass").
void append_utf8(std::string& to, char32_t point);

// Number of code points; a byte that is no UTF-8 counts as one.
std::size_t count_points(std::string_view text);

// 1 for the bytes EF BB BF at the start of a file, which language.md 1.1 skips.
inline bool starts_with_bom(std::string_view text) { return text.starts_with("\xEF\xBB\xBF"); }

// "U+00A0 NO-BREAK SPACE" for spaces, invisible and punctuation characters people paste by accident, else
// "U+20AC '€'"; control characters give "U+0007 BELL".
std::string describe_point(char32_t point);

}  // namespace ml
