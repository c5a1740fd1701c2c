#include "core/ast/hidden_characters.h"

#include <fmt/format.h>

#include <string>

#include "core/ast/node_kinds.h"
#include "core/syntax/symbols.h"
#include "core/text/utf8.h"

namespace ml::ast {
namespace {

constexpr std::size_t kMostFindings = 100;

bool is_bidirectional(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }
bool is_direction_mark(char32_t c) { return c == 0x200E || c == 0x200F || c == 0x061C; }
bool is_zero_width(char32_t c) {
  return is_direction_mark(c) || (c >= 0x200B && c <= 0x200D) || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF;
}

bool in_string(TSNode root, ByteOffset at) {
  static const NodeKinds kinds(syntax::language());  // a constant
  for (TSNode node = ts_node_descendant_for_byte_range(root, at, at + 1); !ts_node_is_null(node);
       node = ts_node_parent(node)) {
    const NodeKind kind = kinds.of(node);
    if (kind == NodeKind::k_string || kind == NodeKind::k_template) return true;
    if (kind == NodeKind::k_substitution) return false;
  }
  return false;
}

}  // namespace

void find_hidden_characters(std::string_view text, TSNode root, DiagSink& sink) {
  std::size_t found = 0;
  for (const std::string_view lead :
       {std::string_view("\xE2"), std::string_view("\xEF\xBB\xBF"), std::string_view("\xD8\x9C")}) {
    std::size_t at = starts_with_bom(text) ? 3 : 0;
    for (at = text.find(lead, at); at != text.npos && found < kMostFindings; at = text.find(lead, at + 1)) {
      // Only U+2000 to U+207F of those that begin with E2.
      if (lead.size() == 1 && (at + 2 >= text.size() || (text[at + 1] != '\x80' && text[at + 1] != '\x81')))
        continue;
      const DecodedPoint c = decode_utf8(text, at);
      const bool bidirectional = is_bidirectional(c.point);
      if (!bidirectional && !is_zero_width(c.point)) continue;
      const auto begin = static_cast<ByteOffset>(at);
      const bool string = in_string(root, begin);
      if (string && !bidirectional && !is_direction_mark(c.point)) continue;
      const std::string hex = fmt::format("{:04X}", static_cast<std::uint32_t>(c.point));
      Diagnostic& d = sink.emit(diag::HiddenCharacter, {begin, begin + c.size}, std::string_view(hex));
      if (string && !bidirectional) d.severity = Severity::Warning;
      ++found;
    }
  }
}

}  // namespace ml::ast
