#include "runtime/native/positions.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ml::native {
namespace {

// Kinds of entries in the location table.
constexpr int kOneLine0 = 10, kNoColumns = 13, kLong = 14, kNone = 15;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return at_ >= bytes_.size(); }
  int byte() { return done() ? 0 : static_cast<unsigned char>(bytes_[at_++]); }
  int varint() {
    int b = byte(), value = b & 63, shift = 0;
    while (b & 64) {
      b = byte();
      shift += 6;
      value |= (b & 63) << shift;
    }
    return value;
  }
  int svarint() {
    const int value = varint();
    return value & 1 ? -(value >> 1) : value >> 1;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

void put_varint(std::string& out, unsigned value) {
  while (value >= 64) {
    out.push_back(static_cast<char>(64 | (value & 63)));
    value >>= 6;
  }
  out.push_back(static_cast<char>(value));
}
void put_svarint(std::string& out, int value) {
  put_varint(out, value < 0 ? (static_cast<unsigned>(-value) << 1) | 1 : static_cast<unsigned>(value) << 1);
}

void put_head(std::string& out, int kind, int units) {
  out.push_back(static_cast<char>(0x80 | (kind << 3) | (units - 1)));
}

void put_entry(std::string& out, const Place& p, int units, int& line) {
  if (p.line == 0) return put_head(out, kNone, units);
  const int delta = p.line - line;
  line = p.line;
  if (p.column < 0) {
    put_head(out, kNoColumns, units);
    return put_svarint(out, delta);
  }
  const bool one_line = p.end_line == p.line && p.end_column >= p.column;
  if (one_line && delta == 0 && p.column < 80 && p.end_column - p.column < 16) {
    put_head(out, p.column >> 3, units);
    out.push_back(static_cast<char>(((p.column & 7) << 4) | (p.end_column - p.column)));
  } else if (one_line && delta >= 0 && delta < 3 && p.column < 128 && p.end_column < 128) {
    put_head(out, kOneLine0 + delta, units);
    out.push_back(static_cast<char>(p.column));
    out.push_back(static_cast<char>(p.end_column));
  } else {
    put_head(out, kLong, units);
    put_svarint(out, delta);
    put_varint(out, static_cast<unsigned>(std::max(p.end_line - p.line, 0)));
    put_varint(out, static_cast<unsigned>(p.column + 1));
    put_varint(out, static_cast<unsigned>(p.end_column + 1));
  }
}

}  // namespace

bool PositionTable::before(const Row& a, const Row& b) {
  return std::tie(a.line, a.column, b.end_line, b.end_column) <
         std::tie(b.line, b.column, a.end_line, a.end_column);
}

std::optional<PositionTable> PositionTable::read(std::string_view rows) {
  if (rows.size() % sizeof(Row) != 0) return std::nullopt;
  PositionTable table;
  table.rows_.resize(rows.size() / sizeof(Row));
  if (!rows.empty()) std::memcpy(table.rows_.data(), rows.data(), rows.size());
  if (!std::is_sorted(table.rows_.begin(), table.rows_.end(), before))
    std::sort(table.rows_.begin(), table.rows_.end(), before);
  return table;
}

Place PositionTable::ml_place(const Row& r) {
  return {static_cast<int>(r.ml_line), static_cast<int>(r.ml_column), static_cast<int>(r.ml_end_line),
          static_cast<int>(r.ml_end_column)};
}

std::optional<Place> PositionTable::find(const Place& python) const {
  if (rows_.empty()) return std::nullopt;
  const auto u = [](int v) { return static_cast<std::uint32_t>(v); };
  Row wanted{u(python.line), u(python.column), u(python.end_line), u(python.end_column), 0, 0, 0, 0};
  if (python.column < 0) {  // the first row of the line
    wanted.column = 0;
    wanted.end_line = wanted.end_column = UINT32_MAX;
  }
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), wanted, before);
  if (python.column < 0) {
    const bool on_line = row != rows_.end() && row->line == wanted.line;
    return ml_place(on_line || row == rows_.begin() ? *row : *(row - 1));
  }
  if (row != rows_.end() && !before(wanted, *row)) return ml_place(*row);
  // Every row around the place comes before it in the order, the closest last.
  constexpr int kFar = 64;
  auto back = row;
  for (int steps = 0; back != rows_.begin() && steps < kFar; ++steps) {
    --back;
    if (std::tie(back->end_line, back->end_column) >= std::tie(wanted.end_line, wanted.end_column))
      return ml_place(*back);
  }
  return ml_place(row == rows_.begin() ? *row : *(row - 1));
}

int PositionTable::line_at(int python_line) const {
  if (rows_.empty()) return 1;
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), static_cast<std::uint32_t>(python_line),
                                    [](const Row& r, std::uint32_t line) { return r.line < line; });
  return static_cast<int>(row == rows_.end() ? rows_.back().ml_line : row->ml_line);
}

std::vector<Location> decode_locations(std::string_view table, int first_line) {
  std::vector<Location> result;
  Reader in(table);
  int line = first_line;
  while (!in.done()) {
    const int head = in.byte(), kind = (head >> 3) & 15;
    Location l{(head & 7) + 1, {}};
    if (kind == kLong) {
      line += in.svarint();
      l.place.line = line;
      l.place.end_line = line + in.varint();
      l.place.column = in.varint() - 1;
      l.place.end_column = in.varint() - 1;
    } else if (kind == kNoColumns) {
      line += in.svarint();
      l.place.line = l.place.end_line = line;
    } else if (kind >= kOneLine0 && kind < kNoColumns) {
      line += kind - kOneLine0;
      l.place.line = l.place.end_line = line;
      l.place.column = in.byte();
      l.place.end_column = in.byte();
    } else if (kind < kOneLine0) {
      const int second = in.byte();
      l.place.line = l.place.end_line = line;
      l.place.column = (kind << 3) | (second >> 4);
      l.place.end_column = l.place.column + (second & 15);
    }
    result.push_back(l);
  }
  return result;
}

std::string encode_locations(const std::vector<Location>& locations, int first_line) {
  std::string out;
  out.reserve(locations.size() * 3);
  int line = first_line;
  for (const Location& l : locations) put_entry(out, l.place, l.units, line);
  return out;
}

}  // namespace ml::native
