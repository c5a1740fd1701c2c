#pragma once

// One tree out of two: what tree-sitter cannot do by its interface, done with what it is made of. Private to
// core/syntax.

#include <cstdint>

#include "core/syntax/halves.h"

namespace ml::syntax {

// The tree of a text that was cut, from the trees of text[0, next) and text[end, ...). The first one has
// statements, and behind the last of them nothing but `comments` comments. Takes over both. The layout must
// be known (subtree.h).
TreePointer join(TreePointer first, TreePointer second, Cut cut, std::uint32_t comments);

}  // namespace ml::syntax
