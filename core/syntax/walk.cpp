#include "core/syntax/walk.h"

#include "core/syntax/internals.h"

namespace ml::syntax {

TSSymbol public_symbol(TSSymbol symbol) { return ts_language_public_symbol(language(), symbol); }

}  // namespace ml::syntax
