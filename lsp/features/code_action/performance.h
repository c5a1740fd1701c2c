#pragma once

#include <vector>

#include "lsp/features/code_action/action.h"

namespace ml::lsp {

// Quick fixes for constructs whose cost grows faster than the data (core/advice) on the selected lines: an
// object instead of a search or an inner loop, kept results, joined text, work before the loop. Titles carry
// the measured share; results are checked to transpile.
void add_performance_fixes(const Scene& scene, std::vector<Action>& out);

}  // namespace ml::lsp
