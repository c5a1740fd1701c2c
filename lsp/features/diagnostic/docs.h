#pragma once

#include <string>

#include "core/diag/diagnostic.h"

namespace ml::lsp {

// The page of a finding as a URI that a client can open: in the documentation that was installed with this
// program, or that of the working copy it was built in. Empty when there is neither. Any thread.
std::string docs_link(DiagCode code);

}  // namespace ml::lsp
