#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ml {

// One row of the position table (ARCHITECTURE.md, "Running"): a range of Python text and the ML range it came
// from. Lines from 1, columns in UTF-8 bytes from 0. The ML begin is where an error of that node points.
struct MapRow {
  std::uint32_t py_line = 0, py_column = 0, py_end_line = 0, py_end_column = 0;
  std::uint32_t ml_line = 0, ml_column = 0, ml_end_line = 0, ml_end_column = 0;
  friend constexpr auto operator<=>(const MapRow&, const MapRow&) = default;
};

// The positions of one module. Rows may be added in any order; `finish` sorts them. Outer ranges come before
// inner ones that start at the same place.
class SourceMap {
 public:
  SourceMap() = default;
  explicit SourceMap(std::vector<MapRow> rows) : rows_(std::move(rows)) {}

  void reserve(std::size_t rows) { rows_.reserve(rows); }
  void add(const MapRow& row) { rows_.push_back(row); }
  void finish();

  const std::vector<MapRow>& rows() const { return rows_; }

  // The innermost finished row that holds the Python place, or null.
  const MapRow* find(std::uint32_t py_line, std::uint32_t py_column) const;

  // Rows as eight little-endian u32 each: what the runtime reads. `from_bytes` ignores an incomplete last
  // row.
  std::string to_bytes() const;
  static SourceMap from_bytes(std::string_view bytes);

 private:
  std::vector<MapRow> rows_;
};

// The two texts of a version 3 source map. Names are as they shall appear in the map.
struct SourceMapTexts {
  std::string_view python_name, python_text;
  std::string_view ml_name, ml_text;
};

// A standard version 3 source map (sources, sourcesContent, mappings; columns in UTF-16 units), one line of
// JSON. `map` must be finished.
std::string version3_json(const SourceMap& map, const SourceMapTexts& texts);

// `text` as a JSON string with quotes. Bytes that are no UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace ml
