#pragma once

// The few types the checks know (language.md 6.5): those of literals. Everything else is Unknown, and Unknown
// agrees with everything.

#include <cstdint>
#include <string_view>

#include "core/ast/nodes.h"

namespace ml::sema {

enum class ValueType : std::uint8_t { Unknown, Null, Boolean, Int, Float, String, Array, Object, Function };

// Of a literal, signed numbers included. Unknown for anything that has to be computed.
ValueType literal_type(const ast::Expr* value);

// What `typeof` says: "number" for both kinds of numbers. Not for Unknown.
std::string_view type_name(ValueType type);

// The catalogue's module of members ("$string"); empty for Unknown and Null.
std::string_view members_of(ValueType type);

// May take part in arithmetic: numbers, and booleans counting as 1 and 0.
constexpr bool is_numeric(ValueType type) {
  return type == ValueType::Int || type == ValueType::Float || type == ValueType::Boolean;
}
constexpr bool is_number(ValueType type) { return type == ValueType::Int || type == ValueType::Float; }

// Known, and calling it fails.
constexpr bool is_uncallable(ValueType type) {
  return type != ValueType::Unknown && type != ValueType::Function;
}

// The type of what a library function with this `returns` text gives, where that is a single known type.
ValueType returned_type(std::string_view returns);

// The value of a number literal is zero; `0`, `0.0`, `-0`.
bool is_zero(const ast::Expr* value);

enum class Constant : std::uint8_t { None, Truthy, Falsy };

// What a condition always is, judged from its literals.
Constant constant_condition(const ast::Expr* condition);

}  // namespace ml::sema
