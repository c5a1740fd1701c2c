#pragma once

// What makes a function known again after an edit, in a profile and in an editor (editor-protocols.md 4.1).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/syntax/tree.h"
#include "core/text/span.h"

namespace ml::ast {

struct FunctionKey {
  std::vector<std::string> path;  // names of the enclosing functions, outermost first
  std::string name;               // "(anonymous)" without one; "(top level)" for the file
  std::uint32_t ordinal = 0;      // which of the functions with this path and name in the file, from 0
  std::uint32_t arity = 0;        // parameters
  Span span;                      // of the whole function
  std::uint32_t line = 1, end_line = 1;
  // Of parameters and body, without comments, layout and the function's own name; stable between runs and
  // versions of mlpy. `shape` leaves names and literals out. That of the file leaves its function
  // declarations out.
  std::uint64_t shape_hash = 0, body_hash = 0;
};

// Of every function of the file, in source order, after the top-level code as the first. `text` is what the
// tree was parsed from. Takes time for the number of nodes, whatever the nesting.
std::vector<FunctionKey> function_keys(const syntax::Tree& tree, std::string_view text);

}  // namespace ml::ast
