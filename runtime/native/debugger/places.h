#pragma once

// Which statement a place of a module belongs to. The debug adapter makes the table from the AST
// (dap/statements.h): six little-endian i32 a row, rows in the order of their begin.

#include <cstdint>
#include <string_view>
#include <vector>

namespace ml::native::debugger {

class PlaceTable {
 public:
  // False when the bytes are no table.
  static bool read(std::string_view bytes, PlaceTable* to);

  // The stop of the innermost row that holds the place; -1 where nothing stops. Line from 1, column in bytes
  // from 0.
  int find(int line, int column) const;

 private:
  struct Row {
    std::int32_t line, column, end_line, end_column;
    std::int32_t parent;  // index of the row around it, or -1
    std::int32_t stop;    // number of the stop, or -1
  };
  std::vector<Row> rows_;
};

}  // namespace ml::native::debugger
