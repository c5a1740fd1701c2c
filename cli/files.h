#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ml::cli {

// `path` as a person would write it from the current folder: relative when below it, else absolute.
std::string shown_path(const std::filesystem::path& path);

// 128-bit content hash (XXH3) as 32 hex digits.
std::string content_hash(std::string_view bytes);

}  // namespace ml::cli
