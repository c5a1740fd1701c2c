#pragma once

// One run of tree-sitter's parser. Private to core/syntax.

#include <string_view>

#include "core/syntax/halves.h"

namespace ml::syntax {

// The tree of the text, null when it takes longer than kPatience allows for it. `before` may be null.
TreePointer run(std::string_view text, const TSTree* before);

}  // namespace ml::syntax
