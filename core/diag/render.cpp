#include "core/diag/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "core/text/utf8.h"

namespace ml {
namespace {

constexpr std::size_t kTab = 4;
constexpr std::size_t kWidest = 160;  // columns of source shown at most
constexpr std::size_t kBefore = 60;   // of these, before the place

// A line as shown, and where its bytes went.
struct ShownLine {
  std::string text;
  std::size_t mark_begin = 0, mark_end = 0;  // columns
};

ShownLine show(std::string_view line, std::size_t begin, std::size_t end) {
  ShownLine shown;
  // Columns of the place within the whole line, to cut around it.
  const std::size_t first = line.size() > kWidest && begin > kBefore ? begin - kBefore : 0;
  std::size_t column = 0, at = first;
  while (at > 0 && at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) --at;
  if (at > 0) {
    shown.text = "…";
    column = 1;
  }
  bool begin_seen = false;
  for (; at < line.size() && column < kWidest;) {
    if (!begin_seen && at >= begin) {
      shown.mark_begin = column;
      begin_seen = true;
    }
    if (at < end) shown.mark_end = column + 1;
    const DecodedPoint next = decode_utf8(line, at);
    if (next.point == '\t') {
      shown.text.append(kTab, ' ');
      column += kTab;
      if (at < end) shown.mark_end = column;
    } else {
      const bool harmless = next.point >= 0x20 && !(next.point >= 0x7F && next.point < 0xA0) &&
                            !(next.point >= 0x202A && next.point <= 0x202E) &&
                            !(next.point >= 0x2066 && next.point <= 0x2069);
      append_utf8(shown.text, harmless ? next.point : 0xFFFD);
      ++column;
    }
    at += next.size;
  }
  if (at < line.size()) shown.text += "…";
  if (!begin_seen) shown.mark_begin = column;
  shown.mark_end = std::max(shown.mark_end, shown.mark_begin + 1);
  return shown;
}

}  // namespace

std::string render_line(const Diagnostic& finding, std::string_view file, const LineIndex& lines) {
  const LineColumn at = lines.line_column(finding.span.begin);
  return fmt::format("{}:{}:{}: {} {}: {}", file, at.line, at.column, shown_severity(finding),
                     code_name(finding.code), finding.message);
}

std::string render_excerpt(Span span, const LineIndex& lines) {
  const std::uint32_t number = lines.line_of(span.begin);
  const Span line = lines.line_span(number);
  const ByteOffset begin = std::clamp(span.begin, line.begin, line.end);
  const ByteOffset end = std::clamp(span.end, begin, line.end);
  const ShownLine shown = show(lines.line_text(number), begin - line.begin, end - line.begin);
  const std::string gutter = std::to_string(number);
  const std::string blank(gutter.size(), ' ');
  return fmt::format(" {0} |\n {1} | {2}\n {0} | {3}{4}\n", blank, gutter, shown.text,
                     std::string(shown.mark_begin, ' '), std::string(shown.mark_end - shown.mark_begin, '^'));
}

std::string render(const Diagnostic& finding, std::string_view file, const LineIndex& lines) {
  std::string out = render_line(finding, file, lines) + "\n" + render_excerpt(finding.span, lines);
  for (const RelatedPlace& place : finding.related) {
    const LineColumn at = lines.line_column(place.span.begin);
    out += fmt::format("note: {} ({}:{}:{})\n", place.text, file, at.line, at.column);
  }
  if (!finding.hint.empty()) out += "hint: " + finding.hint + "\n";
  return out;
}

void sort_findings(std::vector<Diagnostic>& findings) {
  const auto key = [](const Diagnostic& d) {
    return std::tuple(d.span.begin, d.severity, d.code, d.span.end);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  findings.erase(std::unique(findings.begin(), findings.end()), findings.end());
}

}  // namespace ml
