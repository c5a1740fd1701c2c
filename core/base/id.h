#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace ml {

// A typed index into a Store or table. Ids of different tags do not mix; `none()` marks absence.
template <class Tag>
struct Id {
  std::uint32_t raw = std::numeric_limits<std::uint32_t>::max();

  static constexpr Id none() { return {}; }
  constexpr explicit operator bool() const { return raw != none().raw; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using NameId = Id<struct NameTag>;  // an interned word (core/base/interner.h)
using NodeId = Id<struct NodeTag>;  // an AST node within its item, dense from 0 (core/ast/nodes.h)

}  // namespace ml
