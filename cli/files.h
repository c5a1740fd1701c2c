#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ml::cli {

// `path` as a person would write it from the current folder: relative when below it, else absolute.
std::string shown_path(const std::filesystem::path& path);

// What words of a command name: files as they are, and for a folder every program (*.ml) below it, sorted.
// Hidden files and folders are left out.
std::vector<std::string> programs_named(const std::vector<std::string>& words);

}  // namespace ml::cli
