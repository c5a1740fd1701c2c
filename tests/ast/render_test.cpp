#include <catch2/catch.hpp>
#include <set>

#include "core/diag/catalogue.h"
#include "core/diag/render.h"
#include "core/diag/sink.h"

using namespace ml;

namespace {

std::string rendered(std::string_view text, Span span, std::string hint = {}) {
  DiagSink sink;
  sink.emit(diag::UnknownName, span, "totl").hint = std::move(hint);
  const LineIndex lines(text);
  return render(sink.found().front(), "main.ml", lines);
}

}  // namespace

TEST_CASE("a finding is one line, an excerpt and a hint") {
  CHECK(rendered("a = 1;\nb = 2;\nprint(totl);\n", {20, 24}, "did you mean 'total'?") ==
        "main.ml:3:7: error ML0201: unknown identifier 'totl'\n"
        "   |\n"
        " 3 | print(totl);\n"
        "   |       ^^^^\n"
        "hint: did you mean 'total'?\n");
}

TEST_CASE("excerpts of unusual places") {
  const auto excerpt = [](std::string_view text, Span span) { return render_excerpt(span, LineIndex(text)); };
  CHECK(excerpt("x = 5\n", {5, 5}) == "   |\n 1 | x = 5\n   |      ^\n");
  CHECK(excerpt("f(\n1)", {0, 5}) == "   |\n 1 | f(\n   | ^^\n");
  CHECK(excerpt("\tx\t+", {3, 4}) == "   |\n 1 |     x    +\n   |          ^\n");
  CHECK(excerpt("é = y;", {5, 6}) == "   |\n 1 | é = y;\n   |     ^\n");
  CHECK(excerpt("a\x1B[2J", {0, 1}) == "   |\n 1 | a\xEF\xBF\xBD[2J\n   | ^\n");
  CHECK(excerpt("", {0, 0}) == "   |\n 1 | \n   | ^\n");
  CHECK(excerpt(std::string(9, '\n') + "x", {9, 10}) == "    |\n 10 | x\n    | ^\n");
  const std::string cut = excerpt(std::string(300, 'a') + "!" + std::string(300, 'b'), {300, 301});
  CHECK(cut.size() < 500);
  CHECK(cut.find("a!b") != std::string::npos);
}

TEST_CASE("related places are notes") {
  DiagSink sink;
  Diagnostic& finding = sink.emit(diag::DuplicateFunction, {7, 8}, "f");
  finding.related.push_back({{0, 1}, "first declared here"});
  CHECK(render(finding, "m.ml", LineIndex("f();\n  f();")).find("note: first declared here (m.ml:1:1)\n") !=
        std::string::npos);
}

TEST_CASE("findings are sorted and repetitions dropped") {
  DiagSink sink;
  sink.emit(diag::MissingTerminator, {9, 9});
  sink.emit(diag::MissingTerminator, {3, 3});
  sink.emit(diag::MissingTerminator, {9, 9});
  auto findings = sink.take();
  sort_findings(findings);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].span.begin == 3);
}

TEST_CASE("the catalogue is found by number, name and slug") {
  CHECK(code_name(DiagCode{201}) == "ML0201");
  CHECK(code_name(DiagCode{100104}) == "SEC104");
  CHECK(parse_code("ML0201") == diag::UnknownName.code);
  CHECK(parse_code("unknown-name") == diag::UnknownName.code);
  CHECK_FALSE(parse_code("ML9999"));
  CHECK(find_code(DiagCode{201})->name == "UnknownName");
  CHECK_FALSE(find_code(DiagCode{9}));
  CHECK(docs_page(DiagCode{1}) == "docs/diagnostics/ML0001.md");
  std::set<std::string_view> slugs;
  for (const DiagInfo& info : catalogue()) {
    // A code whose severity depends on the place stands there once for each.
    const auto found = parse_code(code_name(info.code));
    REQUIRE(found);
    CHECK(code_name(*found) == code_name(info.code));
    slugs.insert(info.slug);
  }
  CHECK(slugs.size() == catalogue().size());
}
