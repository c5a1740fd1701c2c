#pragma once

#include <string>

#include "core/syntax/tree.h"

namespace ml::syntax {

// Named nodes with their fields as an indented S-expression, and operators and missing tokens in quotes.
std::string outline(TSNode node);

// One line per node, anonymous ones too: kind, byte range, flags. Equal for equal trees.
std::string exact(TSNode node);

}  // namespace ml::syntax
