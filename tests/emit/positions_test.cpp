#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/emit/compile.h"

using ml::MapRow;

namespace {

// "PYTHON TEXT -> ML TEXT" of every row on one Python line; the ML part begins where an error points.
std::vector<std::string> rows_of_line(std::string_view ml, std::uint32_t line) {
  const auto out = ml::test::emit_text(ml);
  REQUIRE_FALSE(out.has_errors);
  const auto cut = [](std::string_view text, std::uint32_t l, std::uint32_t c, std::uint32_t el,
                      std::uint32_t ec) {
    const auto offset = [&](std::uint32_t at_line, std::uint32_t column) {
      std::size_t at = 0;
      for (std::uint32_t i = 1; i < at_line; ++i) at = text.find('\n', at) + 1;
      return at + column;
    };
    return std::string(text.substr(offset(l, c), offset(el, ec) - offset(l, c)));
  };
  std::vector<std::string> found;
  for (const MapRow& r : out.emitted.positions.rows()) {
    if (r.py_line != line) continue;
    found.push_back(cut(out.emitted.python, r.py_line, r.py_column, r.py_end_line, r.py_end_column) + " -> " +
                    cut(ml, r.ml_line, r.ml_column, r.ml_end_line, r.ml_end_column));
  }
  return found;
}

}  // namespace

TEST_CASE("rows point where errors point") {
  using V = std::vector<std::string>;
  CHECK(rows_of_line("x = 1;\nprint(x - 2);", 2) ==
        V{"print(x - 2) -> print(x - 2)", "x - 2 -> - 2", "x -> x"});
  CHECK(rows_of_line("o = {a: [1]};\ny = o.a[0];", 2) ==
        V{"y = o[\"a\"][0] -> y = o.a[0];", "o[\"a\"][0] -> [0]", "o[\"a\"] -> a", "o -> o"});
  CHECK(rows_of_line("throw \"x\";", 1) ==
        V{"raise __throw(\"x\") -> throw \"x\";", "__throw(\"x\") -> throw \"x\";"});
  CHECK(rows_of_line("o = {};\no.put(1);", 2) == V{"o[\"put\"](1) -> put(1)", "o[\"put\"] -> put", "o -> o"});
}

TEST_CASE("columns of Python and ML count bytes") {
  CHECK(rows_of_line("n = 1; print(\"héé\", n - 1);", 2) ==
        std::vector<std::string>{"print(\"héé\", n - 1) -> print(\"héé\", n - 1)", "n - 1 -> - 1", "n -> n"});
}

TEST_CASE("rows are sorted, nested and within the text") {
  const auto out = ml::test::emit_text(
      "function f(a, b = 2) { for (i = 0; i < 3; i = i + 1) { if (a > i) { b = b + a; } else { throw b; } } "
      "return b; }\n"
      "try { print(f(1), f(2, x => { return x + 1; })); } except (e) { print(e.message); } finally { "
      "print(\"end\"); }\n"
      "while (false) { [p, q] = [1, 2]; }\nfor (c in \"ab\") print(c);");
  REQUIRE_FALSE(out.has_errors);
  const auto& rows = out.emitted.positions.rows();
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(out.emitted.python, '\n'));
  REQUIRE(rows.size() > 30);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MapRow& r = rows[i];
    CHECK(std::pair(r.py_line, r.py_column) < std::pair(r.py_end_line, r.py_end_column));
    CHECK(std::pair(r.ml_line, r.ml_column) <= std::pair(r.ml_end_line, r.ml_end_column));
    CHECK(r.py_end_line <= lines);
    CHECK(r.ml_line <= 4);
    if (i == 0) continue;
    const MapRow& b = rows[i - 1];
    const bool sorted = std::tuple(b.py_line, b.py_column, ~b.py_end_line, ~b.py_end_column) <
                        std::tuple(r.py_line, r.py_column, ~r.py_end_line, ~r.py_end_column);
    CHECK(sorted);
  }
}
