#pragma once

// Parses a long text on two threads: its two halves at once, and then one tree of both. Private to
// core/syntax and its tests; README.md in grammar tells about chunks.

#include <tree_sitter/api.h>

#include <memory>
#include <optional>
#include <string_view>

#include "core/text/span.h"

namespace ml::syntax {

struct TreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using TreePointer = std::unique_ptr<TSTree, TreeDeleter>;

// Shorter texts are not worth a thread.
inline constexpr std::size_t kWorthHalves = 32 * 1024;

// A place between two top-level statements, if the text before it is made of complete statements.
struct Cut {
  ByteOffset end = 0;   // of the last statement or comment before it
  ByteOffset next = 0;  // the first word behind it, a `function` at the begin of its line
  bool ends_chunk = false;
};

// The cut whose `next` is `at`, if there is one.
std::optional<Cut> cut_at(std::string_view text, ByteOffset at);

// The one that is nearest to the middle, unless it leaves less than a quarter on one side.
std::optional<Cut> cut_in_the_middle(std::string_view text);

// The tree of the text. Null where it is not certain that this is the tree that parsing it as a whole gives:
//   - a half has a mistake that takes recovery, which looks at everything (deterministic.h);
//   - what stands before the cut is not complete, or reading a token of it touched the cut: the text behind
//     may say something else about it.
// Else the tokens are the same, each half is derived from `program`, and the grammar has no conflicts.
// The layout must be known (subtree.h).
TreePointer parse_in_halves(std::string_view text, Cut cut);

}  // namespace ml::syntax
