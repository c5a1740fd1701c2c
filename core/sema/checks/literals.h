#pragma once

#include <span>

#include "core/ast/nodes.h"
#include "core/diag/sink.h"
#include "core/sema/summary.h"

namespace ml::sema {

// ML0210. Keys are equal as the program sees them: `a` and "a", 1 and 1.0, but not 1 and "1".
void check_duplicate_keys(const ast::ObjectExpr& object, DiagSink& sink);

// ML0212.
void check_duplicate_names(std::span<const ast::Binding> names, const Words& words, DiagSink& sink);

}  // namespace ml::sema
