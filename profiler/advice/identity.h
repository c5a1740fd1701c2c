#pragma once

#include "core/ast/function_keys.h"
#include "profiler/model/profile.h"

namespace ml::profiler {

// Gives a function of a profile what makes it known again after an edit. `key`: who it is in the text that
// ran.
void take_identity(Profile::Function& function, const ast::FunctionKey& key);

}  // namespace ml::profiler
