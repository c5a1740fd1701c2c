#include <algorithm>
#include <catch2/catch.hpp>

#include "core/base/two_threads.h"
#include "tests/emit/compile.h"
#include "tests/support/own_names.h"

// Long texts are written in two parts by two threads.

using ml::MapRow;
using ml::test::emit_text;
using ml::test::without_numbers;

namespace {

// Statements that need what the writer counts or remembers; @ stands for a number that makes names differ.
constexpr std::string_view kBlock =
    "function first_@(rows, limit = 3) {\n"
    "    total = 0;\n"
    "    for (i = 0; i < rows.length; i = i + 1) { if (rows[i] > limit) continue; total = total + rows[i]; "
    "}\n"
    "    n = 0;\n"
    "    do_it = fn(x) => { nonlocal n; n = n + x; return n; };\n"
    "    return do_it(total);\n"
    "}\n"
    "function* each_@(rows) { for (row in rows) yield row; }\n"
    "table_@ = [1, 2, 3].map(x => { y = x * 2; return y; });\n"
    "for (k_@ = 0; k_@ < 4; k_@ = k_@ + 1) { if (k_@ == 2) { k_@ = 3; continue; } table_@.push(k_@); }\n"
    "self_@ = function again(depth) { return depth > 0 ? again(depth - 1) : 0; };\n"
    "print(first_@(table_@), self_@(2));\n";

std::string block(int number) {
  std::string text(kBlock);
  for (std::size_t at; (at = text.find('@')) != std::string::npos;)
    text.replace(at, 1, std::to_string(number));
  return text;
}

// Declarations stand before all statements: where a text's statements begin.
std::size_t begin_of_statements(std::string_view python, int number) {
  const auto at = python.find("\ndef __fn_");
  REQUIRE(at != python.npos);
  REQUIRE(python.find("def each_" + std::to_string(number)) < at);
  return at + 1;
}

std::string repeated(int blocks) {
  std::string text;
  for (int i = 0; i < blocks; ++i) text += block(i);
  return text;
}

}  // namespace

TEST_CASE("a long text becomes what its statements become one by one") {
  const int blocks = static_cast<int>(ml::kWorthThread / block(100).size()) * 2;
  std::string declarations, statements;
  for (int i = 0; i < blocks; ++i) {
    const auto alone = emit_text(block(i));
    REQUIRE_FALSE(alone.has_errors);
    const std::string& python = alone.emitted.python;
    const std::size_t begin = begin_of_statements(python, i);
    declarations += python.substr(0, begin);
    statements += python.substr(begin);
  }
  const auto together = emit_text(repeated(blocks));
  REQUIRE_FALSE(together.has_errors);
  CHECK(without_numbers(together.emitted.python) == without_numbers(declarations + statements));
}

TEST_CASE("names of a long text's own functions are unique") {
  const auto out = emit_text(repeated(300));
  REQUIRE_FALSE(out.has_errors);
  std::vector<std::string> names;
  const std::string& python = out.emitted.python;
  for (std::size_t at = 0; (at = python.find("def __", at)) != python.npos; ++at) {
    const bool at_module = at == 0 || python[at - 1] == '\n';
    if (at_module) names.push_back(python.substr(at, python.find('(', at) - at));
  }
  REQUIRE(names.size() == 600);
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("rows of a long text are sorted and name the place in both halves") {
  const std::string text = repeated(300);
  const auto out = emit_text(text);
  REQUIRE_FALSE(out.has_errors);
  const auto& rows = out.emitted.positions.rows();
  CHECK(std::ranges::is_sorted(rows, [](const MapRow& a, const MapRow& b) {
    return std::pair(a.py_line, a.py_column) < std::pair(b.py_line, b.py_column);
  }));
  const auto line_of = [](std::string_view all, std::string_view part) {
    return 1 + std::ranges::count(all.substr(0, all.find(part)), '\n');
  };
  for (const int number : {0, 149, 150, 151, 299}) {
    const std::string name = "first_" + std::to_string(number) + "(";
    const auto python = line_of(out.emitted.python, "def " + name), ml = line_of(text, "function " + name);
    const auto row = std::ranges::find(rows, python, &MapRow::py_line);
    REQUIRE(row != rows.end());
    CHECK(row->ml_line == ml);
    CHECK(row->ml_end_line == ml + 6);
    CHECK(row->py_end_line > row->py_line);
  }
}

TEST_CASE("in a long text the first declaration of a name is hoisted, the others are statements") {
  const std::string filler = repeated(300);
  const auto out = emit_text("function twice() { return \"first\"; }\n" + filler +
                             "function twice() { return \"second\"; }\nimport geo;\nimport math;\n");
  REQUIRE_FALSE(out.has_errors);
  const std::string& python = out.emitted.python;
  const auto first = python.find("return \"first\""), second = python.find("return \"second\"");
  CHECK(python.find("def twice():") < python.find("def first_0("));
  CHECK(first < python.find("def first_299("));
  CHECK(second > python.find("print(first_299("));
  CHECK(out.emitted.imports == std::vector<std::string>{"geo", "math"});
}

TEST_CASE("what nests too deeply in the second half of a long text is found") {
  std::string deep = "x = 1";
  for (int i = 0; i < 25; ++i) deep.insert(0, "while (true) { ");
  for (int i = 0; i < 25; ++i) deep += "; }";
  const auto out = emit_text(repeated(300) + deep);
  CHECK((out.has_errors || !out.emitted.diagnostics.empty()));
}
