#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/source_map.h"
#include "core/text/span.h"

namespace ml::emit {

// A place in the Python text being written.
struct Mark {
  std::uint32_t line, column;
};

// Where each line of a text begins: 0 first.
using LineStarts = std::vector<ByteOffset>;

inline LineStarts line_starts(std::string_view text) {
  LineStarts starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts.push_back(static_cast<ByteOffset>(at + 1));
  }
  return starts;
}

// Python text and its position rows. Rows of one statement are sorted when it ends, so that the whole table
// is sorted without ever being sorted as a whole.
class Writer {
 public:
  Writer(const LineStarts& ml_lines, std::size_t expected) : line_starts_(ml_lines) {
    text_.reserve(expected);
    rows_.reserve(expected / 8);
  }

  Writer& operator<<(std::string_view s) {
    text_ += s;
    return *this;
  }
  Writer& operator<<(char c) {
    text_ += c;
    return *this;
  }
  void number(std::uint64_t n) { text_ += std::to_string(n); }
  std::string& text() { return text_; }  // for appending text without line breaks

  void end_line() {
    text_ += '\n';
    ++line_;
    line_start_ = text_.size();
  }
  void indent(unsigned levels) { text_.append(levels * 4u, ' '); }

  Mark mark() const { return {line_, static_cast<std::uint32_t>(text_.size() - line_start_)}; }

  // From `begin` to here is what the ML text [ml.begin, ml.end) became.
  void row(Mark begin, Span ml) { rows_.push_back(make(begin, ml)); }

  // For what ends after later lines: takes a place in the table now, `close_row` says where it ends.
  std::size_t open_row(Mark begin, Span ml) {
    rows_.push_back(make(begin, ml));
    return rows_.size() - 1;
  }
  void close_row(std::size_t index) {
    // Compound statements end with the last line of their body, whose line break is already written.
    rows_[index].py_end_line = line_ - 1;
    rows_[index].py_end_column = last_line_length();
  }

  std::size_t row_count() const { return rows_.size(); }

  // Sorts what came since `first` (a row_count) and drops later rows for the same Python range.
  void sort_rows(std::size_t first) {
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(first);
    if (rows_.size() - first > 40) {
      std::stable_sort(begin, rows_.end(), before);
    } else {
      for (auto at = begin; at != rows_.end(); ++at)
        std::rotate(std::upper_bound(begin, at, *at, before), at, at + 1);
    }
    rows_.erase(
        std::unique(begin, rows_.end(), [](const MapRow& a, const MapRow& b) { return same_range(a, b); }),
        rows_.end());
  }

  // Appends whole lines and their rows, which `later` has no more then.
  void take_over(Writer& later) {
    const std::uint32_t lines = line_ - 1;
    text_ += later.text_;
    for (MapRow row : later.rows_) {
      row.py_line += lines;
      row.py_end_line += lines;
      rows_.push_back(row);
    }
    line_ += later.line_ - 1;
    line_start_ = text_.size();
    later.text_.clear();
    later.rows_.clear();
    later.line_ = 1;
    later.line_start_ = 0;
  }

  std::string take_text() { return std::move(text_); }
  std::vector<MapRow> take_rows() { return std::move(rows_); }

 private:
  static bool before(const MapRow& a, const MapRow& b) {
    if (a.py_line != b.py_line) return a.py_line < b.py_line;
    if (a.py_column != b.py_column) return a.py_column < b.py_column;
    if (a.py_end_line != b.py_end_line) return a.py_end_line > b.py_end_line;
    return a.py_end_column > b.py_end_column;
  }
  static bool same_range(const MapRow& a, const MapRow& b) {
    return a.py_line == b.py_line && a.py_column == b.py_column && a.py_end_line == b.py_end_line &&
           a.py_end_column == b.py_end_column;
  }

  std::uint32_t last_line_length() const {
    const std::size_t end = line_start_ - 1;  // of the text without its last line break
    const std::size_t before_it = end == 0 ? std::string::npos : text_.rfind('\n', end - 1);
    return static_cast<std::uint32_t>(end - (before_it == std::string::npos ? 0 : before_it + 1));
  }

  MapRow make(Mark begin, Span ml) {
    const Mark end = mark();
    const Mark from = ml_place(ml.begin), to = ml_place(ml.end);
    return {begin.line, begin.column, end.line, end.column, from.line, from.column, to.line, to.column};
  }

  // Neighbouring questions are about neighbouring lines: looks in steps that grow, then between the last two.
  Mark ml_place(ByteOffset at) {
    const ByteOffset* const starts = line_starts_.data();
    std::size_t first = ml_line_, behind = ml_line_ + 1;
    for (std::size_t step = 4; at < starts[first]; step *= 2) {
      behind = first;
      first -= std::min(step, first);
    }
    for (std::size_t step = 4; behind < line_starts_.size() && at >= starts[behind]; step *= 2) {
      first = behind;
      behind = std::min(behind + step, line_starts_.size());
    }
    ml_line_ = static_cast<std::size_t>(std::upper_bound(starts + first, starts + behind, at) - starts) - 1;
    return {static_cast<std::uint32_t>(ml_line_ + 1), at - line_starts_[ml_line_]};
  }

  std::string text_;
  std::vector<MapRow> rows_;
  const LineStarts& line_starts_;
  std::size_t line_start_ = 0, ml_line_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace ml::emit
