#pragma once

#include <string>
#include <string_view>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/text/line_index.h"

namespace ml::ast {

// An indented dump of the syntax for people and tests (`mlpy parse`): one node per line with its fields, and
// the place `line:column` when `lines` is given (the index of the file the module was built from).
//
//   Assign 1:1
//     Name x 1:1
//     Binary + 1:7
//       Number 1 1:5
//       Name y 1:9
std::string print(const Module& module, const Interner& names, const LineIndex* lines = nullptr);

}  // namespace ml::ast
