#pragma once

// Marked sources: a finding is written under the place it is about.
//
//   check_marks(R"ml(
//   print(totl);
//   //    ^^^^ ML0201 unknown identifier 'totl'
//   )ml", find);
//
// A line that holds only blanks, an optional `//`, carets and a text is a mark for the nearest source line
// above it, and is cut out before the source is parsed. Several mark lines may follow one source line. The
// carets cover the finding's span as far as it lies on its first line; an empty span has one caret. Text
// after the code must occur in the message or the hint; without text any message will do. A first line break
// of the source is dropped. Missing and additional findings are both shown as marked text, ready to be
// pasted. Include after Catch2.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/diag/catalogue.h"
#include "core/diag/diagnostic.h"
#include "core/text/line_index.h"
#include "core/text/utf8.h"

namespace ml::test {

struct Mark {
  std::uint32_t line, column, width;  // from 1, code points
  std::string code, text;
};

struct MarkedSource {
  std::string source;
  std::vector<Mark> marks;
};

inline MarkedSource parse_marks(std::string_view marked) {
  MarkedSource out;
  if (marked.starts_with('\n')) marked.remove_prefix(1);
  std::uint32_t line = 0;
  while (!marked.empty()) {
    const std::size_t end = std::min(marked.find('\n'), marked.size());
    const std::string_view text = marked.substr(0, end);
    marked.remove_prefix(std::min(end + 1, marked.size()));
    std::size_t at = text.find_first_not_of(' ');
    if (at != text.npos && text.substr(at).starts_with("//")) at = text.find_first_not_of(' ', at + 2);
    if (at == text.npos || text[at] != '^') {
      out.source.append(text).push_back('\n');
      ++line;
      continue;
    }
    const std::size_t after = std::min(text.find_first_not_of('^', at), text.size());
    Mark mark{line,
              static_cast<std::uint32_t>(count_points(text.substr(0, at)) + 1),
              static_cast<std::uint32_t>(after - at),
              {},
              {}};
    const std::size_t code = std::min(text.find_first_not_of(' ', after), text.size());
    const std::size_t code_end = std::min(text.find(' ', code), text.size());
    mark.code = text.substr(code, code_end - code);
    mark.text = text.substr(std::min(code_end + 1, text.size()));
    out.marks.push_back(std::move(mark));
  }
  return out;
}

inline Mark mark_of(const Diagnostic& finding, const LineIndex& lines) {
  const LineColumn at = lines.line_column(finding.span.begin);
  const Span line = lines.line_span(at.line);
  const ByteOffset begin = std::min(finding.span.begin, line.end),
                   end = std::clamp(finding.span.end, begin, line.end);
  const auto width = static_cast<std::uint32_t>(count_points(lines.text().substr(begin, end - begin)));
  return {at.line, at.column, std::max(width, 1u), code_name(finding.code),
          finding.message + (finding.hint.empty() ? "" : " | " + finding.hint)};
}

// The source with the findings as mark lines.
inline std::string write_marks(std::string_view source, const std::vector<Diagnostic>& findings) {
  const LineIndex lines(source);
  std::string out;
  for (std::uint32_t line = 1; line <= lines.line_count(); ++line) {
    out.append(lines.line_text(line)).push_back('\n');
    for (const Diagnostic& finding : findings) {
      const Mark mark = mark_of(finding, lines);
      if (mark.line != line) continue;
      std::string row =
          mark.column > 2 ? "//" + std::string(mark.column - 3, ' ') : std::string(mark.column - 1, ' ');
      out += row + std::string(mark.width, '^') + " " + mark.code + " " + mark.text + "\n";
    }
  }
  return out;
}

// `find(source)` gives the findings, spans in file offsets, in any order.
template <class Find>
void check_marks(std::string_view marked, Find&& find) {
  const MarkedSource expected = parse_marks(marked);
  const std::vector<Diagnostic> findings = find(std::string_view(expected.source));
  const LineIndex lines(expected.source);
  std::vector<Mark> missing = expected.marks;
  bool additional = false;
  for (const Diagnostic& finding : findings) {
    const Mark got = mark_of(finding, lines);
    const auto match = std::find_if(missing.begin(), missing.end(), [&](const Mark& want) {
      return want.line == got.line && want.column == got.column && want.width == got.width &&
             want.code == got.code && got.text.find(want.text) != std::string::npos;
    });
    if (match == missing.end()) {
      additional = true;
    } else {
      missing.erase(match);
    }
  }
  INFO("expected:\n" << marked << "\nfound:\n" << write_marks(expected.source, findings));
  CHECK(missing.empty());
  CHECK_FALSE(additional);
}

// Codes in source order, for tests that do not care about places: {"ML0101", "ML0201"}.
inline std::vector<std::string> codes_of(std::vector<Diagnostic> findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
  std::vector<std::string> out;
  for (const Diagnostic& finding : findings) out.push_back(code_name(finding.code));
  return out;
}

}  // namespace ml::test
