// tests/emit/cases/*.case: blocks of "=== title", ML source, "---", and the Python that has to come out. Run
// with MLPY_UPDATE=1 to write what comes out now into the files; then read the difference.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/emit/compile.h"

namespace fs = std::filesystem;

namespace {

struct Case {
  std::string title, ml, python;
  bool open_world = false;  // title ends with "(imported module)"
};

std::vector<Case> read_cases(const fs::path& file) {
  std::ifstream in(file);
  std::vector<Case> cases;
  bool python = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      cases.push_back({line.substr(4), {}, {}, line.ends_with("(imported module)")});
      python = false;
    } else if (line == "---") {
      python = true;
    } else if (!cases.empty()) {
      (python ? cases.back().python : cases.back().ml) += line + "\n";
    }
  }
  return cases;
}

void write_cases(const fs::path& file, const std::vector<Case>& cases) {
  std::ofstream out(file);
  for (const Case& c : cases) out << "=== " << c.title << "\n" << c.ml << "---\n" << c.python;
}

// Empty lines at the end separate cases.
std::string trimmed(std::string text) {
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("ML becomes this Python") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(MLPY_SOURCE_DIR) / "tests/emit/cases")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 5);
  for (const fs::path& file : files) {
    std::vector<Case> cases = read_cases(file);
    REQUIRE_FALSE(cases.empty());
    for (Case& c : cases) {
      const ml::test::EmittedText out = ml::test::emit_text(c.ml, !c.open_world);
      INFO(file.filename().string() << ": " << c.title);
      for (const ml::Diagnostic& d : out.findings) UNSCOPED_INFO(d.message);
      REQUIRE_FALSE(out.has_errors);
      if (std::getenv("MLPY_UPDATE")) {
        c.python = trimmed(out.emitted.python) + "\n";
      } else {
        CHECK(trimmed(out.emitted.python) == trimmed(c.python));
      }
    }
    if (std::getenv("MLPY_UPDATE")) write_cases(file, cases);
  }
}
