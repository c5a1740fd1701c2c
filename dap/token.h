#pragma once

#include <string>
#include <string_view>

namespace ml::dap {

// 128 random bits that nobody can guess, in hexadecimal; empty when the system has none.
std::string random_token();

// Bytes in hexadecimal.
std::string hexadecimal(std::string_view bytes);

}  // namespace ml::dap
