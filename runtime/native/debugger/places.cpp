#include "runtime/native/debugger/places.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ml::native::debugger {

bool PlaceTable::read(std::string_view bytes, PlaceTable* to) {
  if (bytes.size() % sizeof(Row) != 0) return false;
  to->rows_.resize(bytes.size() / sizeof(Row));
  if (!bytes.empty()) std::memcpy(to->rows_.data(), bytes.data(), bytes.size());
  for (std::size_t i = 0; i < to->rows_.size(); ++i) {
    if (to->rows_[i].parent >= static_cast<std::int32_t>(i) || to->rows_[i].parent < -1) return false;
  }
  return true;
}

int PlaceTable::find(int line, int column) const {
  const auto behind = std::upper_bound(
      rows_.begin(), rows_.end(), std::tuple(line, column),
      [](const std::tuple<int, int>& at, const Row& row) { return at < std::tuple(row.line, row.column); });
  for (auto i = static_cast<std::int32_t>(behind - rows_.begin()) - 1; i >= 0;
       i = rows_[static_cast<std::size_t>(i)].parent) {
    const Row& row = rows_[static_cast<std::size_t>(i)];
    if (std::tuple(line, column) < std::tuple(row.end_line, row.end_column)) return row.stop;
  }
  return -1;
}

}  // namespace ml::native::debugger
