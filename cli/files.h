#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ml::cli {

// Whole content, or nothing when the file cannot be read (errno says why).
std::optional<std::string> read_file(const std::filesystem::path& path);

// Writes a temporary file beside `path` and renames it, so that readers see the old or the new content, never
// half. Creates parent folders when asked. False on failure (errno says why); then nothing is left behind.
bool write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           bool create_parents = false);

// `path` as a person would write it from the current folder: relative when below it, else absolute.
std::string shown_path(const std::filesystem::path& path);

// 128-bit content hash (XXH3) as 32 hex digits.
std::string content_hash(std::string_view bytes);

}  // namespace ml::cli
