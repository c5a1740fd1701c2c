#pragma once

// Characters that make a text look like another one (SEC114, security.md section 4).

#include <string_view>

#include "core/diag/sink.h"
#include "core/syntax/tree.h"

namespace ml::ast {

// Reports bidirectional controls anywhere, zero-width characters outside strings, and direction marks inside
// strings. Costs a search for two bytes where there is nothing to report.
void find_hidden_characters(std::string_view text, TSNode root, DiagSink& sink);

}  // namespace ml::ast
