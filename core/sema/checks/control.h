#pragma once

// Control flow (ML0301 to ML0312; language.md 6.4) and what is wrong with literals whatever surrounds them:
// duplicate keys (ML0210), duplicate names in a pattern (ML0212), division by the constant 0 (ML0407).

#include "core/ast/module.h"
#include "core/diag/sink.h"
#include "core/sema/summary.h"

namespace ml::sema {

// Returns whether control can pass the end of the item.
bool check_control(const ast::Item& item, const Words& words, DiagSink& sink);

}  // namespace ml::sema
