#include "profiler/report/table.h"

#include <algorithm>

#include "profiler/figures/wording.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kBoxWidth = 68;  // least, between the borders

void widen(std::vector<std::size_t>& widths, const Rows& rows) {
  for (const auto& row : rows)
    for (std::size_t c = 0; c < widths.size(); ++c) widths[c] = std::max(widths[c], characters(row[c]));
}

std::vector<std::size_t> least_widths(const std::vector<Column>& columns) {
  std::vector<std::size_t> widths;
  for (const Column& column : columns) widths.push_back(std::max(column.min_width, characters(column.head)));
  return widths;
}

void cell(std::string& text, std::string_view value, std::size_t width, bool right) {
  const std::size_t used = characters(value), space = width > used ? width - used : 0;
  if (right) text.append(space, ' ');
  text += value;
  if (!right) text.append(space, ' ');
}

}  // namespace

std::string pipe_table(const std::vector<Column>& columns, const Rows& rows) {
  std::vector<std::size_t> widths = least_widths(columns);
  widen(widths, rows);
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    text += "| ";
    cell(text, columns[c].head, widths[c], false);
    text += ' ';
  }
  text += "|\n";
  for (const std::size_t width : widths) text += '|' + std::string(width + 2, '-');
  text += "|\n";
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      text += "| ";
      cell(text, row[c], widths[c], columns[c].right);
      text += ' ';
    }
    text += "|\n";
  }
  return text;
}

std::string boxes(const std::vector<Column>& columns, const std::vector<Box>& all) {
  std::vector<std::size_t> widths = least_widths(columns);
  std::size_t head = 0;
  for (const Box& box : all) {
    widen(widths, box.rows);
    head = std::max(head, characters(box.head) + 2);
  }
  std::size_t inner = 1;
  for (const std::size_t width : widths) inner += width + 1;
  const std::size_t wanted = std::max(kBoxWidth, head);
  if (inner < wanted) {
    widths[0] += wanted - inner;
    inner = wanted;
  }
  const std::string rule = '+' + std::string(inner, '-') + "+\n";
  const auto line = [&](std::string& text, const auto& value) {
    text += '|';
    for (std::size_t c = 0; c < widths.size(); ++c) {
      text += ' ';
      cell(text, value(c), widths[c], c != 0);
    }
    text += " |\n";
  };
  std::string text;
  for (const Box& box : all) {
    if (!text.empty()) text += '\n';
    text += rule + "| ";
    cell(text, box.head, inner - 2, false);
    text += " |\n" + rule;
    line(text, [&](std::size_t c) { return columns[c].head; });
    text += rule;
    for (const auto& row : box.rows) line(text, [&](std::size_t c) { return std::string_view(row[c]); });
    text += rule;
  }
  return text;
}

std::string located(std::string_view name, std::string_view where, std::size_t width) {
  constexpr std::size_t kLeast = 8;
  const std::size_t location = characters(where) + 3;
  const std::size_t room = location + kLeast < width ? width - location : kLeast;
  return cut(name, room) + " (" + std::string(where) + ')';
}

std::string percent_cell(std::uint64_t percent) {
  std::string text;
  cell(text, tenths(percent) + '%', 6, true);
  return text;
}

}  // namespace ml::profiler::report
