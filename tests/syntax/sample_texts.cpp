#include "tests/syntax/sample_texts.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace ml::syntax {

namespace fs = std::filesystem;

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Case> read_corpus(const fs::path& file) {
  std::vector<Case> cases;
  std::istringstream in(read_file(file));
  std::string line;
  enum { Outside, Title, Source, Tree } part = Outside;
  while (std::getline(in, line)) {
    if (line.starts_with("====")) {
      if (part == Title) {
        part = Source;
      } else {
        part = Title;
        cases.emplace_back();
      }
    } else if (part == Title) {
      cases.back().title = line;
    } else if (part == Source && line == "---") {
      part = Tree;
    } else if (part == Source) {
      cases.back().source += line + "\n";
    } else if (part == Tree) {
      cases.back().tree += line + "\n";
    }
  }
  for (Case& c : cases) {
    while (c.tree.ends_with('\n')) c.tree.pop_back();
    while (c.tree.starts_with('\n')) c.tree.erase(0, 1);
    if (c.source.ends_with("\n\n")) c.source.pop_back();
    if (c.source.starts_with('\n')) c.source.erase(0, 1);
  }
  return cases;
}

std::vector<fs::path> corpus_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(MLPY_CORPUS)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> sample_programs() {
  std::vector<std::string> programs;
  for (const fs::path& file : corpus_files()) {
    for (Case& c : read_corpus(file)) programs.push_back(std::move(c.source));
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(MLPY_SOURCE_DIR) / "examples")) {
    if (entry.path().extension() == ".ml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) programs.push_back(read_file(file));
  return programs;
}

}  // namespace ml::syntax
