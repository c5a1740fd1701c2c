// The pages of findings are true: the first example gives the finding, the others do not.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

std::vector<std::string> examples_of(const std::filesystem::path& page) {
  std::ifstream file(page);
  std::vector<std::string> out;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line.starts_with("```ml");
      if (inside) out.emplace_back();
    } else if (inside) {
      out.back() += line + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("pages of findings are true") {
  const std::filesystem::path folder = std::filesystem::path(MLPY_SOURCE_DIR) / "docs/diagnostics";
  int pages = 0;
  for (const DiagInfo& info : catalogue()) {
    const auto number = static_cast<std::uint32_t>(info.code);
    if (number < 201 || number > 699) continue;
    const std::string code = code_name(info.code);
    DYNAMIC_SECTION(code) {
      const std::vector<std::string> examples = examples_of(folder / (code + ".md"));
      REQUIRE(examples.size() >= 2);
      for (std::size_t i = 0; i < examples.size(); ++i) {
        const std::vector<Diagnostic> found = Program(examples[i]).findings();
        INFO(write_marks(examples[i], found));
        if (i == 0) CHECK(has_code(found, code));
        for (const Diagnostic& d : found) {
          if (i > 0) CHECK(code_name(d.code) != code);
          if (d.severity == Severity::Error) CHECK((i == 0 && code_name(d.code) == code));
          if (i > 0) CHECK(d.severity == Severity::Info);
        }
      }
    }
    ++pages;
  }
  CHECK(pages > 40);
}

TEST_CASE("pages of security findings are true") {
  const std::filesystem::path folder = std::filesystem::path(MLPY_SOURCE_DIR) / "docs/diagnostics";
  int pages = 0;
  for (const DiagInfo& info : catalogue()) {
    if (static_cast<std::uint32_t>(info.code) < 100000) continue;
    const std::string code = code_name(info.code);
    const std::vector<std::string> examples = examples_of(folder / (code + ".md"));
    if (examples.empty()) continue;  // what no short program shows
    ++pages;
    DYNAMIC_SECTION(code) {
      REQUIRE(examples.size() == 2);
      for (std::size_t i = 0; i < examples.size(); ++i) {
        const std::vector<Diagnostic> found = Program(examples[i]).findings();
        INFO(write_marks(examples[i], found));
        CHECK(has_code(found, code) == (i == 0));
        for (const Diagnostic& d : found) {
          if (i > 0) CHECK(d.severity != Severity::Error);
        }
      }
    }
  }
  CHECK(pages > 30);
}
