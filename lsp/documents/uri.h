#pragma once

// URIs of documents (editor-protocols.md 2.3).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ml::lsp {

// The path of a `file` URI, percent-decoded; nothing for other schemes and for what is no URI.
std::optional<std::filesystem::path> path_of_uri(std::string_view uri);

std::string uri_of_path(const std::filesystem::path& path);

std::string_view scheme_of_uri(std::string_view uri);

// What two spellings of one document have in common: the canonical path with symlinks resolved for files that
// exist, else the normal form of the path, else the URI. Looks at the disk.
std::string key_of_uri(std::string_view uri);
std::string key_of_path(const std::filesystem::path& path);

}  // namespace ml::lsp
