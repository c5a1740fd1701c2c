#pragma once

// What functions may cost, as the comment above them says: `// @budget 50 ms` (editor-protocols.md 3.7).

#include <memory>
#include <string>

#include "lsp/profile/match.h"
#include "lsp/profile/run.h"
#include "lsp/server/editor.h"

namespace ml::lsp {

// "over budget: 80 ms of 50 ms" when one call, with what it calls, took longer; empty otherwise. "~" before
// it: the function has changed since.
std::string over_budget(const Revision& file, const FileCosts& costs, const Placed& placed);

// Tells the user which function of the open documents took longer than that most, once for each, with a way
// to it.
void tell_budgets(Editor& editor, const LoadedRun& run);

}  // namespace ml::lsp
