#pragma once

// What generated Python is but for the numbers in names that the compiler makes up.

#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace ml::test {

// How they are counted depends on the length of the text (emit::EmitOptions::long_text).
inline std::string without_numbers(std::string_view python) {
  static constexpr std::array<std::string_view, 3> kOwn = {"__fn_", "__scope_", "__again_"};
  std::string out;
  for (std::size_t at = 0; at < python.size(); ++at) {
    out += python[at];
    for (const std::string_view own : kOwn) {
      if (!out.ends_with(own)) continue;
      while (at + 1 < python.size() && std::isdigit(static_cast<unsigned char>(python[at + 1]))) ++at;
    }
  }
  return out;
}

}  // namespace ml::test
