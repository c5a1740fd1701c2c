#pragma once

// What trees of tree-sitter 0.20 are made of (subtree.h there), as far as it is read here: ADR 0007. A
// subtree is a pointer to its data, behind which (at lower addresses) its children stand; small leaves are
// packed into the word itself, with bit 0 set. For join.cpp and walk.h.

#include <tree_sitter/api.h>

#include <cstdint>

namespace ml::syntax {

using Subtree = std::uint64_t;

struct Length {
  std::uint32_t bytes;
  TSPoint extent;
};

struct SubtreeData {
  std::uint32_t references;
  Length padding, size;  // what stands before it, and itself
  std::uint32_t lookahead, error_cost;
  std::uint16_t children;
  TSSymbol symbol;
  std::uint16_t state;  // of the parser, where it read the subtree
  std::uint8_t flags;   // bit 0: a node of its own to who reads the tree; else its children stand for it
};

inline bool is_packed(Subtree subtree) { return (subtree & 1) != 0; }
inline SubtreeData* data(Subtree subtree) { return reinterpret_cast<SubtreeData*>(subtree); }
inline const Subtree* children_end(Subtree subtree) { return reinterpret_cast<const Subtree*>(subtree); }
inline const Subtree* children_begin(Subtree subtree) {
  return children_end(subtree) - data(subtree)->children;
}
inline std::uint16_t state(Subtree subtree) {
  return is_packed(subtree) ? static_cast<std::uint16_t>(subtree >> 16) : data(subtree)->state;
}
inline TSSymbol symbol(Subtree subtree) {
  return is_packed(subtree) ? static_cast<TSSymbol>(subtree >> 8 & 0xFF) : data(subtree)->symbol;
}
inline std::uint32_t padding(Subtree subtree) {
  return is_packed(subtree) ? static_cast<std::uint32_t>(subtree >> 48 & 0xFF) : data(subtree)->padding.bytes;
}
inline std::uint32_t size(Subtree subtree) {
  return is_packed(subtree) ? static_cast<std::uint32_t>(subtree >> 56) : data(subtree)->size.bytes;
}
inline bool is_visible(Subtree subtree) {
  return is_packed(subtree) ? (subtree & 2) != 0 : (data(subtree)->flags & 1) != 0;
}

// Whether the installed tree-sitter has this layout: looks at a small tree, once.
bool has_known_layout();

}  // namespace ml::syntax
