#include "dap/token.h"

#include <sys/random.h>

#include <array>

namespace ml::dap {

std::string hexadecimal(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string random_token() {
  std::array<char, 16> bytes{};
  return getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())
             ? hexadecimal({bytes.data(), bytes.size()})
             : std::string();
}

}  // namespace ml::dap
