// docs/diagnostics of the syntax findings: the first example gives exactly the page's code, the others
// nothing.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

namespace {

std::vector<std::string> examples_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line == "```ml";
      if (inside) out.emplace_back();
    } else if (inside) {
      // A page is UTF-8, so ML0001 spells its bad byte.
      if (const std::size_t byte = line.find("<E9>"); byte != line.npos) line.replace(byte, 4, "\xE9");
      out.back() += line + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("pages of syntax findings are true") {
  const std::filesystem::path folder = std::filesystem::path(MLPY_SOURCE_DIR) / "docs/diagnostics";
  int pages = 0;
  for (const DiagInfo& info : catalogue()) {
    if (static_cast<std::uint32_t>(info.code) >= 140) continue;
    const std::string code = code_name(info.code);
    INFO(code);
    const std::vector<std::string> examples = examples_of(folder / (code + ".md"));
    REQUIRE(examples.size() >= 2);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const std::vector<Diagnostic> found = syntax_findings(examples[i]);
      INFO(write_marks(examples[i], found));
      const std::vector<std::string> codes = codes_of(found);
      if (i > 0) {
        CHECK(codes.empty());
      } else {
        CHECK_FALSE(codes.empty());
        CHECK(std::all_of(codes.begin(), codes.end(), [&](const std::string& c) { return c == code; }));
      }
    }
    ++pages;
  }
  CHECK(pages == 40);
}
