#pragma once

// Whole files: reading, and replacing so that nobody ever sees half of one.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ml {

// Whole content, or nothing when the file cannot be read (errno says why; EISDIR for a folder).
std::optional<std::string> read_file(const std::filesystem::path& path);

// Writes a temporary file beside `path` and renames it, so that readers see the old or the new content, never
// half. A file that existed keeps its permissions, a symbolic link stays one and its target is replaced; what
// is no regular file (/dev/stdout, a pipe) is written in place. Creates parent folders when asked. False on
// failure (errno says why); then nothing is left behind. Any thread.
bool write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           bool create_parents = false);

}  // namespace ml
