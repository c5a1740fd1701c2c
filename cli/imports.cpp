#include "cli/imports.h"

#include <algorithm>

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> places(const fs::path& importer_folder, const SearchPath& search) {
  std::vector<fs::path> all = search.paths;
  for (const fs::path& folder : {importer_folder, search.main_folder}) {
    if (std::find(all.begin(), all.end(), folder) == all.end()) all.push_back(folder);
  }
  return all;
}

}  // namespace

FoundModule find_module(std::string_view dotted, const fs::path& importer_folder, const SearchPath& search) {
  std::string relative(dotted);
  std::replace(relative.begin(), relative.end(), '.', '/');
  FoundModule found;
  for (const fs::path& place : places(importer_folder, search)) {
    for (fs::path candidate : {place / (relative + ".ml"), place / relative / "__init__.ml"}) {
      std::error_code failed;
      if (fs::is_regular_file(candidate, failed)) {
        found.file = std::move(candidate);
        return found;
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
