#pragma once

// What the variables of a module can hold. Where the compiler found out (core/emit/infer.h), the code it made
// relies on it: the debugger must not put a value of another kind there.

#include "dap/statements.h"
#include "wire/json.h"

namespace ml::dap {

// Rows for the agent (runtime/python/mlpy/runtime/debugging/kinds.py): [line of the function that sees the
// variable, or 0 for the module's own; name; kinds as the bits of core/emit/types.h]. Only variables that
// cannot hold just anything. `closed_world`: the module is the program itself (emit::EmitOptions). Empty for
// a text with errors. Pure; any thread; as slow as compiling the text.
wire::json::array kept_kinds(const Source& source, bool closed_world);

}  // namespace ml::dap
