#include "lsp/documents/uri.h"

namespace ml::lsp {
namespace fs = std::filesystem;

std::string key_of_path(const fs::path& path) {
  std::error_code failed;
  const fs::path canonical = fs::weakly_canonical(path, failed);
  return (failed ? path.lexically_normal() : canonical).string();
}

std::string key_of_uri(std::string_view uri) {
  const auto path = path_of_uri(uri);
  return path ? key_of_path(*path) : std::string(uri);
}

}  // namespace ml::lsp
