#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ml::profiler::report {

struct Column {
  std::string_view head;
  std::size_t min_width = 0;  // in characters
  bool right = false;
};

// A pipe table of profiler-reports.md 2; every row has a cell per column.
std::string pipe_table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows);

// Number of characters of UTF-8 text.
std::size_t characters(std::string_view text);

// `text` cut to at most `width` characters, "..." included.
std::string cut(std::string_view text, std::size_t width);

// "name (where)" of at most 60 characters: the name gives way, the location stays.
std::string located(std::string_view name, std::string_view where);

}  // namespace ml::profiler::report
