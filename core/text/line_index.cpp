#include "core/text/line_index.h"

#include <algorithm>
#include <cstring>

#include "core/text/utf8.h"

namespace ml {

LineIndex::LineIndex(std::string_view text) : text_(text) {
  starts_.reserve(text.size() / 32 + 1);
  starts_.push_back(starts_with_bom(text) ? 3 : 0);
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const char* at = begin; at < end;) {
    const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (!found) break;
    at = static_cast<const char*>(found) + 1;
    starts_.push_back(static_cast<ByteOffset>(at - begin));
  }
  ascii_ = std::none_of(begin, end, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::uint32_t LineIndex::line_of(ByteOffset at) const {
  const auto after = std::upper_bound(starts_.begin() + 1, starts_.end(), at);
  return static_cast<std::uint32_t>(after - starts_.begin());
}

LineByte LineIndex::line_byte(ByteOffset at) const {
  at = std::min(at, static_cast<ByteOffset>(text_.size()));
  const std::uint32_t line = line_of(at);
  const ByteOffset start = starts_[line - 1];
  return {line, at > start ? at - start : 0};
}

LineColumn LineIndex::line_column(ByteOffset at) const {
  const auto [line, bytes] = line_byte(at);
  if (ascii_) return {line, bytes + 1};
  std::uint32_t column = 1;
  const ByteOffset start = starts_[line - 1];
  for (ByteOffset i = start; i < start + bytes; ++column) {
    const ByteOffset next = i + decode_utf8(text_, i).size;
    if (next > start + bytes) break;
    i = next;
  }
  return {line, column};
}

EditorPosition LineIndex::editor(ByteOffset at) const {
  const auto [line, bytes] = line_byte(at);
  if (ascii_) return {line - 1, bytes};
  std::uint32_t units = 0;
  const ByteOffset start = starts_[line - 1];
  for (ByteOffset i = start; i < start + bytes;) {
    const DecodedPoint next = decode_utf8(text_, i);
    if (i + next.size > start + bytes) break;
    units += next.point > 0xFFFF ? 2 : 1;
    i += next.size;
  }
  return {line - 1, units};
}

std::optional<ByteOffset> LineIndex::offset(LineByte place) const {
  if (place.line == 0 || place.line > line_count()) return std::nullopt;
  const Span line = line_span(place.line);
  return std::min(line.begin + place.column, line.end);
}

std::optional<ByteOffset> LineIndex::offset(LineColumn place) const {
  if (place.line == 0 || place.line > line_count()) return std::nullopt;
  const Span line = line_span(place.line);
  ByteOffset at = line.begin;
  for (std::uint32_t column = 1; column < place.column && at < line.end; ++column)
    at += decode_utf8(text_, at).size;
  return at;
}

std::optional<ByteOffset> LineIndex::offset(EditorPosition place) const {
  if (place.line >= line_count()) return std::nullopt;
  const Span line = line_span(place.line + 1);
  ByteOffset at = line.begin;
  for (std::uint32_t units = 0; at < line.end;) {
    const DecodedPoint next = decode_utf8(text_, at);
    units += next.point > 0xFFFF ? 2 : 1;
    if (units > place.character) break;
    at += next.size;
  }
  return at;
}

Span LineIndex::line_span(std::uint32_t line) const {
  const ByteOffset begin = starts_[line - 1];
  ByteOffset end = line < starts_.size() ? starts_[line] - 1 : static_cast<ByteOffset>(text_.size());
  if (line < starts_.size() && end > begin && text_[end - 1] == '\r') --end;
  return {begin, end};
}

}  // namespace ml
