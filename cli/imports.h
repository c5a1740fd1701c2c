#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ml::cli {

// Where modules are looked for after the library (language.md 3.16): `paths` in order, then the importing
// file's folder, then `main_folder`. All absolute.
struct SearchPath {
  std::vector<std::filesystem::path> paths;
  std::filesystem::path main_folder;
  bool own_folder = true;  // false: `main_folder` only counts when it is one of `paths`
};

struct FoundModule {
  std::optional<std::filesystem::path> file;  // nothing: not found
  std::vector<std::filesystem::path> absent;  // files looked for before it, in order
  bool leaves_roots = false;                  // one of them is a link to a place outside
};

// Looks for `a/b/c.ml`, then `a/b/c/__init__.ml`, in each place.
FoundModule find_module(std::string_view dotted, const std::filesystem::path& importer_folder,
                        const SearchPath& search);

// Names of modules that could be imported from these places (one folder level), for "did you mean".
std::vector<std::string> importable_names(const std::filesystem::path& importer_folder,
                                          const SearchPath& search);

}  // namespace ml::cli
