#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ml::native::profiler {

// A row of co_exceptiontable, in code units.
struct ExceptionRow {
  std::size_t start, length, target, depth_and_flag;
};

std::vector<ExceptionRow> exception_rows(std::string_view table);
void put_exception_row(std::string& to, const ExceptionRow& row);

// One entry of co_linetable for `length` units: one entry spans at most eight, what is too long continues in
// a second one on the same line. `kind` and `rest` as in the table.
void put_location(std::string& to, unsigned kind, std::string_view rest, std::size_t length);

}  // namespace ml::native::profiler
