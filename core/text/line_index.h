#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/span.h"

namespace ml {

// A place as people and messages name it (language.md 1.1): both from 1, a column is one code point, a tab
// counts one, CRLF is one line break, a byte order mark is no column.
struct LineColumn {
  std::uint32_t line = 1, column = 1;
  friend constexpr auto operator<=>(LineColumn, LineColumn) = default;
};

// A place as position tables and CPython name it: line from 1, column in UTF-8 bytes from 0.
struct LineByte {
  std::uint32_t line = 1, column = 0;
  friend constexpr auto operator<=>(LineByte, LineByte) = default;
};

// A place as editors and source maps name it: both from 0, columns in UTF-16 units.
struct EditorPosition {
  std::uint32_t line = 0, character = 0;
  friend constexpr auto operator<=>(EditorPosition, EditorPosition) = default;
};

// The line starts of one text: the only place where bytes become lines and columns. Keeps a view of the text,
// which must outlive it. Offsets beyond the text mean its end; offsets inside a code point mean its start.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }
  std::uint32_t line_of(ByteOffset at) const;  // from 1
  LineColumn line_column(ByteOffset at) const;
  LineByte line_byte(ByteOffset at) const;
  EditorPosition editor(ByteOffset at) const;

  // The way back. Columns beyond the line mean its end; nothing where the line does not exist.
  std::optional<ByteOffset> offset(LineColumn place) const;
  std::optional<ByteOffset> offset(LineByte place) const;
  std::optional<ByteOffset> offset(EditorPosition place) const;

  // The line (from 1) without its line break and, for line 1, without a byte order mark.
  Span line_span(std::uint32_t line) const;
  std::string_view line_text(std::uint32_t line) const {
    const Span s = line_span(line);
    return text_.substr(s.begin, s.size());
  }
  std::string_view text() const { return text_; }

 private:
  // A place in a long line that is not ASCII, and what stands before it in its line: no question has to read
  // more than the bytes between two of them.
  struct Mark {
    ByteOffset at;
    std::uint32_t points, units;  // code points, UTF-16 units
  };
  void mark_long_lines();
  Mark read_to(ByteOffset start, ByteOffset end) const;
  template <class Passed>
  Mark last_mark(Span line, Passed passed) const;

  std::string_view text_;
  bool ascii_ = true;
  std::vector<ByteOffset> starts_;
  std::vector<Mark> marks_;  // by place
};

}  // namespace ml
