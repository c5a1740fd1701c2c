#pragma once

#include <cstdint>
#include <string_view>

namespace ml::emit {

// A set of value types (language.md 3.1), as bits. Nothing (0) means: no value reaches this place.
using Types = std::uint16_t;

inline constexpr Types kNull = 1, kBool = 2, kInt = 4, kFloat = 8, kString = 16, kArray = 32, kObject = 64,
                       kFunction = 128,
                       kOther = 256;  // generators, iterators, modules, errors, library objects
inline constexpr Types kNumber = kInt | kFloat;
inline constexpr Types kArithmetic = kInt | kFloat | kBool;
inline constexpr Types kAnyType = 511;

constexpr bool may_be(Types t, Types what) { return t == 0 || (t & what) != 0; }
constexpr bool only(Types t, Types what) { return t != 0 && (t & ~what) == 0; }

// The type names of the catalogue ("integer|null", class names); unknown ones are kOther.
Types types_of_catalogue(std::string_view text);

}  // namespace ml::emit
