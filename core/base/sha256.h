#pragma once

#include <string>
#include <string_view>

namespace ml {

// SHA-256 as 64 lower-case hex digits.
std::string sha256(std::string_view bytes);

// HMAC-SHA-256 (RFC 2104) as 64 lower-case hex digits: who does not know `key` can neither make nor change
// it.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace ml
