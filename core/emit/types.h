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

// How large an integer or a text can have grown by repeated operations (security.md 3.6), kept beside the
// types inside the inference only. The result of `*` on integers, and of `+` on texts, is one step above the
// smaller operand, or as large as the larger one: so sums and products in loops stay low, and only what is
// combined with itself again and again reaches the last step. There the operator has to ask for the size.
inline constexpr Types kIntSizes = 512 | 1024 | 2048, kTextSizes = 4096 | 8192 | 16384;
inline constexpr Types kSizes = kIntSizes | kTextSizes;
inline constexpr unsigned kLastStep = 3;

constexpr unsigned int_step(Types t) { return t & 2048 ? 3 : t & 1024 ? 2 : t & 512 ? 1 : 0; }
constexpr unsigned text_step(Types t) { return t & 16384 ? 3 : t & 8192 ? 2 : t & 4096 ? 1 : 0; }
constexpr Types int_size(unsigned step) { return static_cast<Types>(step ? 256u << step : 0); }
constexpr Types text_size(unsigned step) { return static_cast<Types>(step ? 2048u << step : 0); }

constexpr unsigned combined_step(unsigned a, unsigned b) {
  const unsigned low = a < b ? a : b, high = a < b ? b : a;
  return low == high && high < kLastStep ? high + 1 : high;
}

constexpr void add(Types& types, unsigned more) { types = static_cast<Types>(types | more); }
constexpr bool may_be(Types t, Types what) { return t == 0 || (t & what) != 0; }
constexpr bool only(Types t, Types what) { return t != 0 && (t & ~what) == 0; }

// The type names of the catalogue ("integer|null", class names); unknown ones are kOther.
Types types_of_catalogue(std::string_view text);

}  // namespace ml::emit
