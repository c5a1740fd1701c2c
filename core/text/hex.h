#pragma once

#include <cstdint>
#include <string>

namespace ml {

// 0 to 15, or -1 for what is no hex digit.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// 16 digits: how files write hashes.
inline std::string hexadecimal(std::uint64_t hash) {
  std::string digits(16, '0');
  for (auto at = digits.rbegin(); hash != 0; ++at, hash >>= 4) *at = "0123456789abcdef"[hash & 15];
  return digits;
}

}  // namespace ml
