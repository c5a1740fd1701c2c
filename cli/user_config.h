#pragma once

// What a user keeps for mlpy outside of projects: $XDG_CONFIG_HOME/mlpy, else ~/.config/mlpy.

#include <filesystem>
#include <optional>
#include <string>

namespace ml::cli {

// The file of this name there; nothing when there is no home. It need not exist.
std::optional<std::filesystem::path> config_file(const char* name);

// Random bytes that only this user knows, for keyed hashes of what is kept in folders others may reach
// (security.md 5.7). Made at first use, readable for the user alone. Nothing when the folder cannot hold it,
// or when the file there is somebody else's or readable for others.
std::optional<std::string> user_secret();

}  // namespace ml::cli
