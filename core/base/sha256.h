#pragma once

#include <string>
#include <string_view>

namespace ml {

// SHA-256 as 64 lower-case hex digits.
std::string sha256(std::string_view bytes);

}  // namespace ml
