// Programs that run must have no errors: the conformance cases, the examples and the benchmark programs.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Case {
  std::string program;
  std::string rejected;  // code of `!!! compile CODE`
};

// The first line is the title; lines `>>>`, `!!!` and `???` are what is expected
// (tests/conformance/case_format.py).
Case parse_case(const std::string& text) {
  Case out;
  std::istringstream lines(text.substr(text.find('\n') + 1));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("!!! compile ")) {
      out.rejected = line.substr(12, 6);
    } else if (!line.starts_with(">>>") && !line.starts_with("!!!") && !line.starts_with("???")) {
      out.program += line + "\n";
    }
  }
  return out;
}

void check_no_errors(const std::string& program) {
  const std::vector<Diagnostic> found = Program(program).findings();
  for (const Diagnostic& d : found) {
    INFO(write_marks(program, found));
    CHECK(d.severity != Severity::Error);
  }
}

}  // namespace

TEST_CASE("conformance programs are accepted, or rejected with their code") {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(MLPY_SOURCE_DIR) / "tests/conformance/cases")) {
    if (entry.path().extension() != ".case" || entry.path().filename().string()[0] != 'C') continue;
    DYNAMIC_SECTION(entry.path().filename().string()) {
      const Case c = parse_case(read(entry.path()));
      if (c.rejected.empty()) {
        check_no_errors(c.program);
      } else {
        CHECK(has_code(Program(c.program).findings(), c.rejected));
      }
    }
    ++seen;
  }
  CHECK(seen > 50);
}

TEST_CASE("benchmark programs have no errors") {
  for (const auto& entry : fs::directory_iterator(fs::path(MLPY_SOURCE_DIR) / "bench/programs")) {
    if (entry.path().extension() != ".ml") continue;
    DYNAMIC_SECTION(entry.path().filename().string()) { check_no_errors(read(entry.path())); }
  }
}

TEST_CASE("rejections and warnings of the specification") {
  struct Row {
    const char *program, *code, *severity;
  };
  const Row rows[] = {
      {"print(totl);", "ML0201", "error"},
      {"n = 0; function f() { n = n + 1; } f();", "ML0205", "error"},
      {"function f() { nonlocal zz; zz = 1; }", "ML0203", "error"},
      {"function f(a, a) { return a; }", "ML0209", "error"},
      {"break;", "ML0301", "error"},
      {"function f() { continue; }", "ML0301", "error"},
      {"for (x in [1]) { g = () => { break; }; }", "ML0301", "error"},
      {"return 5;", "ML0302", "error"},
      {"function f(a) { return a; } f();", "ML0401", "error"},
      {"function f(a) { return a; } try { f(); } except (e) { print(\"caught\"); }", "ML0401", "warning"},
      {"function f() { while (true) print(1); }", "ML0305", "warning"},
  };
  for (const Row& row : rows) {
    INFO(row.program);
    CHECK(severity_of(row.program, row.code) == row.severity);
  }
  const auto texts = findings("dir = \"logs\"; print(dir, \"eval(1)\", \"rm -rf /\");");
  CHECK(texts.size() == 2);
  CHECK((has_code(texts, "SEC201") && has_code(texts, "SEC203")));
  CHECK(findings("print(hasattr(\"x\", \"__class__\"));").empty());
}
