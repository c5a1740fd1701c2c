#pragma once

// URIs of documents (RFC 8089, RFC 3986; editor-protocols.md 2.3), as both protocols use them.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ml::wire {

// The path of a `file` URI, percent-decoded; nothing for other schemes and for what is no URI.
std::optional<std::filesystem::path> path_of_uri(std::string_view uri);

// Percent-encodes all but unreserved characters and slashes. The path is absolute.
std::string uri_of_path(const std::filesystem::path& path);

// Empty for what is no URI.
std::string_view scheme_of_uri(std::string_view uri);

}  // namespace ml::wire
