#pragma once

// A parse that never has to choose. tree-sitter is ready at every step to follow several readings of a text
// and to get out of mistakes; the grammar has no conflicts, and most texts no mistakes that its tokens do not
// cover. Then one stack is enough, and the same tree comes in a fraction of the time. Private to core/syntax.

#include <string_view>

#include "core/syntax/halves.h"
#include "core/text/span.h"

namespace ml::syntax {

// The tree that run() makes of the text, equal in every bit (are_equal), from the same tables and scanner.
// Null where the parser would have to recover from a mistake or to choose, and where the text is no UTF-8 or
// begins with a byte order mark. Null also if reading a token that begins before `certain` touched the end of
// the text. The layout must be known (subtree.h).
TreePointer run_deterministic(std::string_view text, ByteOffset certain = 0);

}  // namespace ml::syntax
