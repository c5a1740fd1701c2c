#pragma once

// Pieces of ML that a person types into the debugger, compiled to Python for the agent
// (runtime/python/mlpy/runtime/debugging/snippets.py).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/json.h"

namespace ml::dap {

struct Piece {
  wire::json::object code;                      // {"python", "positions", "shift": bytes put before line 1}
  std::optional<wire::json::array> comparison;  // [name, op, other, other is a name], where it is one
  bool is_expression = false;
  bool has_calls = false;
  bool declares = false;  // a function with a name
};

// The piece, or what is wrong with it, and where in `error_at` (offset; -1: not known). `$name` is a pseudo
// variable of the debugger. Any thread.
std::variant<Piece, std::string> compile_piece(std::string_view ml, bool expression_only,
                                               std::int64_t* error_at = nullptr);

// The message with the line of the piece below it, and a caret below the offset. Alone when that is outside.
std::string pointed(std::string message, std::string_view ml, std::int64_t at);

}  // namespace ml::dap
