#include "core/syntax/walk.h"

#include <cstddef>

#include "core/syntax/internals.h"

namespace ml::syntax {

namespace {

// A row for each production.
struct Fields {
  std::size_t length;
  std::vector<std::uint8_t> rows;
};

Fields all_fields() {
  const TSLanguage& all = *language();
  Fields out{all.max_alias_sequence_length, {}};
  out.rows.resize(all.production_id_count * out.length + out.length);
  for (std::size_t production = 0; production < all.production_id_count; ++production) {
    const TSFieldMapSlice slice = all.field_map_slices[production];
    for (std::uint16_t i = 0; i < slice.length; ++i) {
      const TSFieldMapEntry& entry = all.field_map_entries[slice.index + i];
      std::uint8_t& field = out.rows[production * out.length + entry.child_index];
      if (!entry.inherited && field == 0) field = static_cast<std::uint8_t>(entry.field_id);
    }
  }
  return out;
}

}  // namespace

TSSymbol public_symbol(TSSymbol symbol) {
  static const TSSymbol* const map = language()->public_symbol_map;
  return map[symbol];
}

bool is_named(TSSymbol symbol) {
  static const TSLanguage& all = *language();
  return symbol >= all.symbol_count || all.symbol_metadata[symbol].named;
}

std::size_t count_nodes(TSNode root) {
  const Subtree top = identity(root);
  return is_packed(top) || data(top)->children == 0 ? 1 : data(top)->inner.nodes;
}

const std::uint8_t* fields_of(std::uint16_t production) {
  if (production == 0) return nullptr;  // made for any number of children
  static const Fields all = all_fields();
  return all.rows.data() + production * all.length;
}

}  // namespace ml::syntax
