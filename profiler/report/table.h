#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ml::profiler::report {

struct Column {
  std::string_view head;
  std::size_t min_width = 0;  // in characters
  bool right = false;         // pipe tables; in boxes every column but the first is
};

using Rows = std::vector<std::vector<std::string>>;  // a cell per column

// A pipe table of profiler-reports.md 2.
std::string pipe_table(const std::vector<Column>& columns, const Rows& rows);

struct Box {
  std::string head;
  Rows rows;
};

// Boxes of profiler-reports.md 2: one set of column widths for all, an empty line between two.
std::string boxes(const std::vector<Column>& columns, const std::vector<Box>& boxes);

// "name (where)" of at most `width` characters where that leaves 8 for the name: the name gives way, the
// location stays.
std::string located(std::string_view name, std::string_view where, std::size_t width);

// 634 -> " 63.4%": a percentage's cell.
std::string percent_cell(std::uint64_t percent);

}  // namespace ml::profiler::report
