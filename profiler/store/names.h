#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "profiler/model/profile.h"

// The words of the file format, by the enumerations' values.
namespace ml::profiler::store {

inline constexpr std::array<std::string_view, 4> kHows{"off", "exact", "sampled", "estimated"};
inline constexpr std::array<std::string_view, 5> kKinds{"ml", "guard", "phase", "library", "import"};
inline constexpr std::array<std::string_view, 4> kCountings{"none", "entry_constant", "deallocator", "slot"};

// A file whose bytes were not at hand.
inline constexpr std::string_view kUnknownSha256 =
    "0000000000000000000000000000000000000000000000000000000000000000";

template <class Enum, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace ml::profiler::store
