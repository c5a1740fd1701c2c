#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lsp/semantics/symbols.h"

namespace ml::lsp {

// Why a word cannot be a name, or empty.
std::string invalid_name(std::string_view name);

// Why the occurrences (of a local or global variable, in this file) cannot get the name: another variable
// would be meant there afterwards, or elsewhere this one. Empty when nothing is in the way.
std::string conflict(const Revision& file, const Symbol& symbol, const std::vector<Occurrence>& occurrences,
                     std::string_view name);

}  // namespace ml::lsp
