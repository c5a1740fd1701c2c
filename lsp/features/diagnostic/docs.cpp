#include "lsp/features/diagnostic/docs.h"

#include <filesystem>
#include <system_error>

#include "core/diag/catalogue.h"
#include "lsp/documents/uri.h"

namespace ml::lsp {
namespace {

namespace fs = std::filesystem;

// Beside the program's folder, or above it.
fs::path find_pages() {
  std::error_code problem;
  fs::path at = fs::read_symlink("/proc/self/exe", problem);
  for (int up = 0; up < 6 && at.has_relative_path(); ++up) {
    at = at.parent_path();
    for (const char* below : {"share/doc/mlpy/diagnostics", "docs/diagnostics"}) {
      if (fs::is_directory(at / below, problem)) return at / below;
    }
  }
  return {};
}

}  // namespace

std::string docs_link(DiagCode code) {
  static const fs::path pages = find_pages();
  return pages.empty() ? std::string() : uri_of_path(pages / (code_name(code) + ".md"));
}

}  // namespace ml::lsp
