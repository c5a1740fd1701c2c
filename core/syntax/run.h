#pragma once

// One run of the parser. Private to core/syntax.

#include <string_view>

#include "core/syntax/halves.h"

namespace ml::syntax {

// The tree of `input`, null when it takes longer than kPatience allows for `size` bytes. `before` may be
// null.
TreePointer run(TSInput input, std::size_t size, const TSTree* before);
TreePointer run(std::string_view text, const TSTree* before);

}  // namespace ml::syntax
