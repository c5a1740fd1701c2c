#pragma once

// Pieces of ML that a person types into the debugger, compiled to Python for the agent
// (runtime/python/mlpy/runtime/debugging/snippets.py).

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/json.h"

namespace ml::dap {

struct Piece {
  wire::json::object code;                      // {"python", "positions"}
  std::optional<wire::json::array> comparison;  // [name, op, other, other is a name], where it is one
  bool is_expression = false;
  bool has_calls = false;
};

// The piece, or what is wrong with it. `$name` is a pseudo variable of the debugger. Any thread.
std::variant<Piece, std::string> compile_piece(std::string_view ml, bool expression_only);

}  // namespace ml::dap
