#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ml::syntax {

struct Case {
  std::string title, source, tree;
};

// The cases of one corpus file: `===` title `===`, source, `---`, expected tree.
std::vector<Case> read_corpus(const std::filesystem::path& file);

std::vector<std::filesystem::path> corpus_files();
std::string read_file(const std::filesystem::path& file);

// Programs to play with: those of the corpus, and every `.ml` file of examples/.
std::vector<std::string> sample_programs();

}  // namespace ml::syntax
