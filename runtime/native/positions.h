#pragma once

// From places in generated Python to places in ML, and the encoding of both in code objects.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ml::native {

// Lines from 1, columns in bytes from 0; column -1: not known.
struct Place {
  int line = 0, column = -1, end_line = 0, end_column = -1;
};

// The position table of a module (ARCHITECTURE.md, "Running"): rows of eight little-endian u32, sorted
// by begin, of rows with one begin the longest first.
class PositionTable {
 public:
  // nullopt when the bytes are no whole number of rows.
  static std::optional<PositionTable> read(std::string_view rows);

  // ML place of a Python place: its own row, else the smallest row around it, else the last row before it,
  // else the first. Nothing when the table is empty.
  std::optional<Place> find(const Place& python) const;

  // ML line of the first row at or after the start of a Python line.
  int line_at(int python_line) const;

 private:
  struct Row {
    std::uint32_t line, column, end_line, end_column;
    std::uint32_t ml_line, ml_column, ml_end_line, ml_end_column;
  };
  static Place ml_place(const Row& row);
  static bool before(const Row& a, const Row& b);
  std::vector<Row> rows_;
};

// One entry of CPython's location table (Objects/locations.md, 3.11 and later): `units` code units have this
// place; place.line is 0 for code without a place.
struct Location {
  int units;
  Place place;
};
std::vector<Location> decode_locations(std::string_view table, int first_line);
std::string encode_locations(const std::vector<Location>& locations, int first_line);

}  // namespace ml::native
