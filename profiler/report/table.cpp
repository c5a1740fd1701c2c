#include "profiler/report/table.h"

#include <algorithm>

namespace ml::profiler::report {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; }));
}

std::string cut(std::string_view text, std::size_t width) {
  if (characters(text) <= width) return std::string(text);
  const std::size_t keep = width < 3 ? 0 : width - 3;
  std::size_t end = 0;
  for (std::size_t n = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) continue;
    if (n++ == keep) break;
  }
  return std::string(text.substr(0, end)) + "...";
}

std::string located(std::string_view name, std::string_view where) {
  constexpr std::size_t kWidth = 60;
  const std::size_t location = characters(where) + 3;
  const std::size_t room = location + 8 < kWidth ? kWidth - location : 8;
  return cut(name, room) + " (" + std::string(where) + ")";
}

std::string pipe_table(const std::vector<Column>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::size_t width = std::max(columns[c].min_width, characters(columns[c].head));
    for (const auto& row : rows) width = std::max(width, characters(row[c]));
    widths.push_back(width);
  }
  std::string text;
  const auto cell = [&](std::string_view value, std::size_t c, bool right) {
    const std::string space(widths[c] - characters(value), ' ');
    text += "| ";
    if (right) text += space;
    text += value;
    if (!right) text += space;
    text += ' ';
  };
  for (std::size_t c = 0; c < columns.size(); ++c) cell(columns[c].head, c, false);
  text += "|\n";
  for (const std::size_t width : widths) text += '|' + std::string(width + 2, '-');
  text += "|\n";
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < columns.size(); ++c) cell(row[c], c, columns[c].right);
    text += "|\n";
  }
  return text;
}

}  // namespace ml::profiler::report
