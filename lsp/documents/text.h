#pragma once

// The text of a document with its lines, and the only place where bytes become positions of the protocol
// (editor-protocols.md 2.2).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/span.h"

namespace ml::lsp {

enum class Encoding : std::uint8_t { Utf8, Utf16, Utf32 };

// As on the wire: from 0, columns in units of the encoding.
struct Position {
  std::uint32_t line = 0, character = 0;
  friend constexpr auto operator<=>(Position, Position) = default;
};
struct Range {
  Position start, end;
  friend constexpr bool operator==(Range, Range) = default;
};

// Where a part of a line stands, for who has no text at hand. From 0, in bytes, which are the units of every
// encoding where `ascii`.
struct Mark {
  std::uint32_t line = 0, column : 31 = 0, ascii : 1 = 0;
  friend constexpr bool operator==(Mark, Mark) = default;
};

// `\n`, `\r\n` and `\r` end lines. Positions beyond a line mean its end, beyond the text its end, inside a
// code point or surrogate pair its start; offsets inside a code point mean its start. Bytes that are no UTF-8
// do no harm. Conversion takes no time on ASCII lines, and time for the line on others.
//
// A value; shared between threads as `shared_ptr<const DocumentText>`.
class DocumentText {
 public:
  explicit DocumentText(std::string text = {});
  DocumentText(DocumentText&&) = default;
  DocumentText& operator=(DocumentText&&) = default;
  // For editing: with room for some typing, so that `replace` does not double the memory.
  DocumentText copy() const;

  std::string_view text() const { return text_; }
  ByteOffset size() const { return static_cast<ByteOffset>(text_.size()); }
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }
  std::uint32_t line_of(ByteOffset at) const;  // from 0
  // The same, sooner the fewer lines lie between it and line `near`: for places in the order of the text.
  std::uint32_t line_of(ByteOffset at, std::uint32_t near) const;
  ByteOffset line_start(std::uint32_t line) const { return starts_[line]; }
  Span line_span(std::uint32_t line) const;  // without the line break
  std::string_view line_text(std::uint32_t line) const {
    const Span s = line_span(line);
    return std::string_view(text_).substr(s.begin, s.size());
  }
  bool is_ascii(std::uint32_t line) const { return ascii_[line]; }

  Position position(ByteOffset at, Encoding encoding) const;
  // The same, given the line of `at`.
  Position position(ByteOffset at, std::uint32_t line, Encoding encoding) const;
  Mark mark(ByteOffset at) const;
  Range range(Span span, Encoding encoding) const {
    return {position(span.begin, encoding), position(span.end, encoding)};
  }
  ByteOffset offset(Position at, Encoding encoding) const;
  Span span(Range range, Encoding encoding) const;  // an end before the start counts as the start

  // Columns of a part of a line. `part` must begin at a code point.
  static std::uint32_t units(std::string_view part, Encoding encoding);

  // Takes time for the new text and the number of lines behind it.
  void replace(Span span, std::string_view by);

 private:
  void scan(ByteOffset begin, ByteOffset end, std::vector<ByteOffset>& starts);
  bool line_is_ascii(std::uint32_t line) const;

  std::string text_;
  std::vector<ByteOffset> starts_;  // of every line
  std::vector<bool> ascii_;         // by line
  bool has_returns_ = false;        // there was a `\r` once
};

// What turns `before` into `after`, as one edit at code points' borders.
TextEdit difference(std::string_view before, std::string_view after);

}  // namespace ml::lsp
