#pragma once

// What trees of tree-sitter 0.20.7 are made of (subtree.h there): ADR 0007. A subtree is a pointer to its
// data, behind which (at lower addresses) its children stand; small leaves are packed into the word itself,
// with bit 0 set. Private to core/syntax.

#include <tree_sitter/api.h>

#include <cstdint>

namespace ml::syntax {

using Subtree = std::uint64_t;

struct Length {
  std::uint32_t bytes;
  TSPoint extent;
};

// Where `second` ends that begins where `first` does, seen from the begin of `first`.
inline Length operator+(Length first, Length second) {
  const bool same_row = second.extent.row == 0;
  return {first.bytes + second.bytes,
          {first.extent.row + second.extent.row,
           same_row ? first.extent.column + second.extent.column : second.extent.column}};
}

// Flags of SubtreeData.
namespace flag {
inline constexpr std::uint16_t kVisible = 1
                                          << 0;  // a node of its own to who reads the tree; else its children
inline constexpr std::uint16_t kNamed = 1 << 1;
inline constexpr std::uint16_t kExtra = 1 << 2;
inline constexpr std::uint16_t kFragileLeft = 1 << 3;
inline constexpr std::uint16_t kFragileRight = 1 << 4;
inline constexpr std::uint16_t kExternal = 1 << 6;        // is, or has in it, a token of the scanner
inline constexpr std::uint16_t kChangesScanner = 1 << 7;  // and the scanner's state behind it is another
}  // namespace flag

// The same of a packed leaf.
namespace packed {
inline constexpr std::uint64_t kPacked = 1 << 0, kVisible = 1 << 1, kNamed = 1 << 2, kExtra = 1 << 3;
}  // namespace packed

struct SubtreeData {
  std::uint32_t references;
  Length padding, size;  // what stands before it, and itself
  std::uint32_t lookahead, error_cost;
  std::uint16_t children;
  TSSymbol symbol;
  std::uint16_t state;  // of the parser, where it read the subtree
  std::uint16_t flags;
  union {
    struct {
      std::uint32_t visible_children, named_children;
      std::uint32_t nodes;  // in it, with itself
      std::int32_t precedence;
      std::uint16_t repeat_depth, production;
      TSSymbol first_leaf;
      std::uint16_t first_leaf_state;
    } inner;
    struct {
      alignas(8) char state[24];  // longer ones stand elsewhere; ours is one byte
      std::uint32_t length;
    } scanner;  // of a token of the scanner: its state behind the token
  };
};
static_assert(sizeof(SubtreeData) == 80);

inline bool is_packed(Subtree subtree) { return (subtree & packed::kPacked) != 0; }
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
  return is_packed(subtree) ? (subtree & packed::kVisible) != 0
                            : (data(subtree)->flags & flag::kVisible) != 0;
}
inline bool is_extra(Subtree subtree) {
  return is_packed(subtree) ? (subtree & packed::kExtra) != 0 : (data(subtree)->flags & flag::kExtra) != 0;
}

// The word that a tree stands for.
Subtree root_of(const TSTree* tree);

// Whether the installed tree-sitter has this layout, and makes of a small program what run_deterministic
// makes of it: looks once.
bool has_known_layout();

// Whether the trees are equal in everything that tree-sitter may ever look at.
bool are_equal(Subtree one, Subtree other);

}  // namespace ml::syntax
