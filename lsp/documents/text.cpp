#include "lsp/documents/text.h"

#include <algorithm>

namespace ml::lsp {
namespace {

// The code point at `at`, by its first byte: also what is not UTF-8 goes forward and stays in the line.
struct Step {
  std::uint32_t bytes, units;
};
Step step(std::string_view line, std::size_t at, Encoding encoding) {
  const auto lead = static_cast<unsigned char>(line[at]);
  std::uint32_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  bytes = std::min<std::uint32_t>(bytes, static_cast<std::uint32_t>(line.size() - at));
  for (std::uint32_t i = 1; i < bytes; ++i) {
    if ((static_cast<unsigned char>(line[at + i]) & 0xC0) != 0x80) bytes = i;
  }
  const std::uint32_t units = encoding == Encoding::Utf8                  ? bytes
                              : encoding == Encoding::Utf16 && bytes == 4 ? 2
                                                                          : 1;
  return {bytes, units};
}

bool is_all_ascii(std::string_view text) {
  unsigned char bits = 0;  // of all bytes: no branch, so that many are looked at together
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

DocumentText::DocumentText(std::string text) : text_(std::move(text)) {
  starts_.reserve(text_.size() / 32 + 1);
  starts_.push_back(0);
  scan(0, size(), starts_);
  ascii_.assign(starts_.size(), true);
  if (is_all_ascii(text_)) return;
  for (std::uint32_t line = 0; line < line_count(); ++line) ascii_[line] = line_is_ascii(line);
}

DocumentText DocumentText::copy() const {
  constexpr std::size_t kRoom = 4096;
  DocumentText out;
  out.text_.reserve(text_.size() + kRoom);
  out.text_ = text_;
  out.starts_.reserve(starts_.size() + kRoom / 32);
  out.starts_ = starts_;
  out.ascii_ = ascii_;
  out.has_returns_ = has_returns_;
  return out;
}

// Starts of lines in (begin, end], given that `begin` is none of them.
void DocumentText::scan(ByteOffset begin, ByteOffset end, std::vector<ByteOffset>& starts) {
  const std::string_view text = std::string_view(text_).substr(begin, end - begin);
  if (text.find('\r') == text.npos) {
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
      starts.push_back(begin + static_cast<ByteOffset>(at) + 1);
    return;
  }
  has_returns_ = true;
  for (ByteOffset at = begin; at < end; ++at) {
    if (text_[at] == '\n' || (text_[at] == '\r' && !(at + 1 < text_.size() && text_[at + 1] == '\n')))
      starts.push_back(at + 1);
  }
}

bool DocumentText::line_is_ascii(std::uint32_t line) const { return is_all_ascii(line_text(line)); }

std::uint32_t DocumentText::line_of(ByteOffset at) const {
  return static_cast<std::uint32_t>(std::upper_bound(starts_.begin() + 1, starts_.end(), at) -
                                    starts_.begin()) -
         1;
}

std::uint32_t DocumentText::line_of(ByteOffset at, std::uint32_t near) const {
  if (near >= line_count() || starts_[near] > at) return line_of(at);
  std::uint32_t reach = 1;
  while (near + reach < line_count() && starts_[near + reach] <= at) near += reach, reach *= 2;
  const auto first = starts_.begin() + near + 1,
             last = starts_.begin() + std::min(near + reach, line_count());
  return static_cast<std::uint32_t>(std::upper_bound(first, last, at) - starts_.begin()) - 1;
}

Span DocumentText::line_span(std::uint32_t line) const {
  const ByteOffset begin = starts_[line];
  ByteOffset end = line + 1 < starts_.size() ? starts_[line + 1] - 1 : size();
  if (has_returns_ && line + 1 < starts_.size() && end > begin && text_[end] == '\n' &&
      text_[end - 1] == '\r')
    --end;
  return {begin, end};
}

std::uint32_t DocumentText::units(std::string_view part, Encoding encoding) {
  if (encoding == Encoding::Utf8) return static_cast<std::uint32_t>(part.size());
  std::uint32_t units = 0;
  for (std::size_t at = 0; at < part.size();) {
    const Step next = step(part, at, encoding);
    at += next.bytes;
    units += next.units;
  }
  return units;
}

Mark DocumentText::mark(ByteOffset at) const {
  const std::uint32_t line = line_of(at);
  return {line, (at - starts_[line]) & 0x7fffffffu, is_ascii(line) ? 1u : 0u};
}

Position DocumentText::position(ByteOffset at, Encoding encoding) const {
  at = std::min(at, size());
  return position(at, line_of(at), encoding);
}

Position DocumentText::position(ByteOffset at, std::uint32_t line, Encoding encoding) const {
  const Span span = line_span(line);
  ByteOffset end = std::min(at, span.end);
  if (ascii_[line]) return {line, end - span.begin};
  while (end > span.begin && end < span.end && continues(text_[end])) --end;
  return {line, units(std::string_view(text_).substr(span.begin, end - span.begin), encoding)};
}

ByteOffset DocumentText::offset(Position place, Encoding encoding) const {
  if (place.line >= line_count()) return size();
  const Span span = line_span(place.line);
  if (ascii_[place.line]) return place.character < span.size() ? span.begin + place.character : span.end;
  const std::string_view line = line_text(place.line);
  std::uint32_t units = 0;
  std::size_t at = 0;
  while (at < line.size()) {
    const Step next = step(line, at, encoding);
    if (units + next.units > place.character) break;
    units += next.units;
    at += next.bytes;
  }
  return span.begin + static_cast<ByteOffset>(at);
}

Span DocumentText::span(Range range, Encoding encoding) const {
  const ByteOffset begin = offset(range.start, encoding);
  return {begin, std::max(begin, offset(range.end, encoding))};
}

void DocumentText::replace(Span span, std::string_view by) {
  // A `\r` at the border may meet a `\n`: the lines around are looked at again as a whole.
  const std::uint32_t first = line_of(span.begin > 0 ? span.begin - 1 : 0);
  const std::uint32_t last = std::min(line_of(std::min(span.end + 1, size())), line_count() - 1);
  const ByteOffset old_end = last + 1 < line_count() ? starts_[last + 1] : size();
  const auto delta = static_cast<std::int64_t>(by.size()) - span.size();
  text_.replace(span.begin, span.size(), by);
  const auto new_end = static_cast<ByteOffset>(old_end + delta);
  std::vector<ByteOffset> found;
  scan(starts_[first], new_end, found);
  const bool reaches_end = last + 1 == line_count();
  if (!reaches_end && (found.empty() || found.back() != new_end)) found.push_back(new_end);
  for (auto it = starts_.begin() + last + 1; it != starts_.end(); ++it)
    *it = static_cast<ByteOffset>(*it + delta);
  // found: the starts behind `first`, the one of line last+1 included unless there is none
  const std::uint32_t old_count = last - first + (reaches_end ? 0 : 1);
  const auto at = starts_.begin() + first + 1;
  if (found.size() == old_count) {
    std::copy(found.begin(), found.end(), at);
  } else {
    starts_.insert(starts_.erase(at, at + old_count), found.begin(), found.end());
    const auto flags = ascii_.begin() + first + 1;
    ascii_.insert(ascii_.erase(flags, flags + old_count), found.size(), true);
  }
  const std::uint32_t end_line = first + static_cast<std::uint32_t>(found.size());
  for (std::uint32_t line = first; line <= std::min(end_line, line_count() - 1); ++line)
    ascii_[line] = line_is_ascii(line);
}

TextEdit difference(std::string_view before, std::string_view after) {
  const std::size_t most = std::min(before.size(), after.size());
  // Whole blocks first: comparing them is many times faster than looking for a byte.
  constexpr std::size_t kBlock = 1024;
  std::size_t begin = 0, tail = 0;
  while (begin + kBlock <= most && before.substr(begin, kBlock) == after.substr(begin, kBlock))
    begin += kBlock;
  while (begin < most && before[begin] == after[begin]) ++begin;
  while (tail + kBlock <= most - begin && before.substr(before.size() - tail - kBlock, kBlock) ==
                                              after.substr(after.size() - tail - kBlock, kBlock))
    tail += kBlock;
  while (tail < most - begin && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  while (begin > 0 && ((begin < before.size() && continues(before[begin])) ||
                       (begin < after.size() && continues(after[begin]))))
    --begin;
  while (tail > 0 && continues(before[before.size() - tail])) --tail;
  return {static_cast<ByteOffset>(begin), static_cast<ByteOffset>(before.size() - tail),
          static_cast<ByteOffset>(after.size() - tail)};
}

}  // namespace ml::lsp
