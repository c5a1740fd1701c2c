#include "cli/imports.h"

#include <algorithm>

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> places(const fs::path& importer_folder, const SearchPath& search) {
  std::vector<fs::path> all = search.paths;
  for (const fs::path& folder : {importer_folder, search.main_folder}) {
    if (!search.own_folder && folder == search.main_folder) continue;
    if (std::find(all.begin(), all.end(), folder) == all.end()) all.push_back(folder);
  }
  return all;
}

// Whether the file lies in one of the folders, wherever links on the way to it lead.
bool inside(const fs::path& file, const std::vector<fs::path>& roots) {
  std::error_code failed;
  const fs::path real = fs::canonical(file, failed);
  return std::any_of(roots.begin(), roots.end(), [&](const fs::path& root) {
    const fs::path folder = fs::canonical(root.empty() ? "." : root, failed);
    return !failed &&
           std::mismatch(folder.begin(), folder.end(), real.begin(), real.end()).first == folder.end();
  });
}

}  // namespace

FoundModule find_module(std::string_view dotted, const fs::path& importer_folder, const SearchPath& search) {
  std::string relative(dotted);
  std::replace(relative.begin(), relative.end(), '.', '/');
  FoundModule found;
  const std::vector<fs::path> roots = places(importer_folder, search);
  for (const fs::path& place : roots) {
    for (fs::path candidate : {place / (relative + ".ml"), place / relative / "__init__.ml"}) {
      std::error_code failed;
      if (fs::is_regular_file(candidate, failed)) {
        if (inside(candidate, roots)) {
          found.file = std::move(candidate);
          return found;
        }
        found.leaves_roots = true;
      }
      found.absent.push_back(std::move(candidate));
    }
  }
  return found;
}

std::vector<std::string> importable_names(const fs::path& importer_folder, const SearchPath& search) {
  std::vector<std::string> names;
  for (const fs::path& place : places(importer_folder, search)) {
    std::error_code failed;
    for (fs::directory_iterator it(place, failed), end; !failed && it != end && names.size() < 500;
         it.increment(failed)) {
      if (it->path().extension() == ".ml") names.push_back(it->path().stem().string());
    }
  }
  return names;
}

}  // namespace ml::cli
