#pragma once

// Which URIs mean the same document (editor-protocols.md 2.3).

#include <filesystem>
#include <string>
#include <string_view>

#include "wire/uri.h"

namespace ml::lsp {

using wire::path_of_uri;
using wire::scheme_of_uri;
using wire::uri_of_path;

// What two spellings of one document have in common: the canonical path with symlinks resolved for files that
// exist, else the normal form of the path, else the URI. Looks at the disk.
std::string key_of_uri(std::string_view uri);
std::string key_of_path(const std::filesystem::path& path);

}  // namespace ml::lsp
