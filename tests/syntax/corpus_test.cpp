#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/syntax/print.h"
#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

// MLPY_UPDATE_CORPUS=1 writes the trees that come out into the files, for review with `git diff`.
TEST_CASE("every corpus text gives the tree written under it") {
  const bool update = std::getenv("MLPY_UPDATE_CORPUS") != nullptr;
  REQUIRE(corpus_files().size() >= 6);
  for (const auto& file : corpus_files()) {
    std::string written;
    for (const Case& c : read_corpus(file)) {
      INFO(file.filename().string() << ": " << c.title << "\n" << c.source);
      const Tree tree = parse(c.source);
      const std::string found = outline(tree.root());
      if (update) {
        const std::string rule(20, '=');
        written += rule + "\n" + c.title + "\n" + rule + "\n\n" + c.source + "\n---\n\n" + found + "\n\n";
      } else {
        CHECK(found == c.tree);
        const bool mistakes = file.filename().string().starts_with("mistakes");
        if (!mistakes) CHECK_FALSE(tree.has_errors());
      }
    }
    if (update) std::ofstream(file, std::ios::binary) << written;
  }
}
