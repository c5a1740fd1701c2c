#include "core/text/line_index.h"

#include <algorithm>
#include <cstring>

#include "core/text/utf8.h"

namespace ml {
namespace {

// Over one code point, counted.
void step(std::string_view text, ByteOffset& at, std::uint32_t& points, std::uint32_t& units) {
  const DecodedPoint next = decode_utf8(text, at);
  at += next.size;
  points += 1;
  units += next.point > 0xFFFF ? 2 : 1;
}

}  // namespace

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
  if (!ascii_) mark_long_lines();
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

void LineIndex::mark_long_lines() {
  constexpr ByteOffset kStride = 1024;
  for (std::uint32_t line = 1; line <= line_count(); ++line) {
    const Span span = line_span(line);
    Mark here{span.begin, 0, 0};
    for (ByteOffset next_mark = span.begin + kStride; next_mark < span.end; next_mark = here.at + kStride) {
      while (here.at < next_mark) step(text_, here.at, here.points, here.units);
      marks_.push_back(here);
    }
  }
}

// The code point that `end` is in or begins, in the line that begins at `start`.
LineIndex::Mark LineIndex::read_to(ByteOffset start, ByteOffset end) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), end,
                                      [](ByteOffset at, const Mark& m) { return at < m.at; });
  const bool marked = after != marks_.begin() && std::prev(after)->at >= start;
  Mark here = marked ? *std::prev(after) : Mark{start, 0, 0};
  for (Mark next = here; here.at < end; here = next) {
    step(text_, next.at, next.points, next.units);
    if (next.at > end) break;
  }
  return here;
}

// The last of the line that `passed` says lies before the place looked for.
template <class Passed>
LineIndex::Mark LineIndex::last_mark(Span line, Passed passed) const {
  const auto first = std::lower_bound(marks_.begin(), marks_.end(), line.begin,
                                      [](const Mark& m, ByteOffset begin) { return m.at < begin; });
  const auto behind = std::upper_bound(first, marks_.end(), line.end,
                                       [](ByteOffset end, const Mark& m) { return end < m.at; });
  const auto found = std::partition_point(first, behind, passed);
  return found == first ? Mark{line.begin, 0, 0} : *std::prev(found);
}

LineColumn LineIndex::line_column(ByteOffset at) const {
  const auto [line, bytes] = line_byte(at);
  if (ascii_) return {line, bytes + 1};
  const ByteOffset start = starts_[line - 1];
  return {line, read_to(start, start + bytes).points + 1};
}

EditorPosition LineIndex::editor(ByteOffset at) const {
  const auto [line, bytes] = line_byte(at);
  if (ascii_) return {line - 1, bytes};
  const ByteOffset start = starts_[line - 1];
  return {line - 1, read_to(start, start + bytes).units};
}

std::optional<ByteOffset> LineIndex::offset(LineByte place) const {
  if (place.line == 0 || place.line > line_count()) return std::nullopt;
  const Span line = line_span(place.line);
  return std::min(line.begin + place.column, line.end);
}

std::optional<ByteOffset> LineIndex::offset(LineColumn place) const {
  if (place.line == 0 || place.line > line_count()) return std::nullopt;
  const Span line = line_span(place.line);
  Mark here = last_mark(line, [&](const Mark& m) { return m.points + 1 <= place.column; });
  while (here.points + 1 < place.column && here.at < line.end) step(text_, here.at, here.points, here.units);
  return here.at;
}

std::optional<ByteOffset> LineIndex::offset(EditorPosition place) const {
  if (place.line >= line_count()) return std::nullopt;
  const Span line = line_span(place.line + 1);
  Mark here = last_mark(line, [&](const Mark& m) { return m.units <= place.character; });
  for (Mark next = here; here.at < line.end; here = next) {
    step(text_, next.at, next.points, next.units);
    if (next.units > place.character) break;
  }
  return here.at;
}

Span LineIndex::line_span(std::uint32_t line) const {
  const ByteOffset begin = starts_[line - 1];
  ByteOffset end = line < starts_.size() ? starts_[line] - 1 : static_cast<ByteOffset>(text_.size());
  if (line < starts_.size() && end > begin && text_[end - 1] == '\r') --end;
  return {begin, end};
}

}  // namespace ml
