#pragma once

// The value of string and template text (language.md 1.6, 1.7).

#include <optional>
#include <string>
#include <string_view>

#include "core/text/span.h"

namespace ml::ast {

enum class LiteralKind : std::uint8_t { String, Template };

// Appends the text between the quotes to `out` with escapes processed. Unknown escapes keep their backslash.
// A pair of surrogate escapes becomes one code point; a lone one becomes its three bytes (append_utf8). An
// escape beyond U+10FFFF becomes U+FFFD: find_bad_escape reports it.
void unescape(std::string_view body, LiteralKind kind, std::string& out);

// The first escape at or after `from` that names a code point beyond U+10FFFF (ML0006), offsets within
// `body`.
std::optional<Span> find_bad_escape(std::string_view body, std::size_t from = 0);

}  // namespace ml::ast
