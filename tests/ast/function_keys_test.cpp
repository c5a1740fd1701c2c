// What makes a function known again after an edit (editor-protocols.md 4.1).
#include <catch2/catch.hpp>
#include <string>

#include "core/ast/function_keys.h"

using namespace ml;

namespace {

std::vector<ast::FunctionKey> keys(std::string_view text) {
  return ast::function_keys(syntax::parse(text), text);
}
ast::FunctionKey first(std::string_view text) {
  const auto all = keys(text);
  REQUIRE(all.size() > 1);
  return all[1];
}
bool same_shape(std::string_view a, std::string_view b) { return first(a).shape_hash == first(b).shape_hash; }
bool same_body(std::string_view a, std::string_view b) { return first(a).body_hash == first(b).body_hash; }

}  // namespace

TEST_CASE("every function of a file, with its place") {
  const auto all = keys(R"(x = 1;
function outer(a, b = 2) {
    function inner() { return 0; }
    f = fn(y) => y;
    return [1].map(z => z).map(z => z);
}
function outer() {
    return 3;
}
)");
  std::string text;
  for (const auto& k : all) {
    for (const auto& name : k.path) text += name + '.';
    text += k.name + ' ' + std::to_string(k.ordinal) + ' ' + std::to_string(k.arity) + ' ' +
            std::to_string(k.line) + '-' + std::to_string(k.end_line) + '\n';
  }
  CHECK(text ==
        "(top level) 0 0 1-10\n"
        "outer 0 2 2-6\n"
        "outer.inner 0 0 3-3\n"
        "outer.(anonymous) 0 1 4-4\n"
        "outer.(anonymous) 1 1 5-5\n"
        "outer.(anonymous) 2 1 5-5\n"
        "outer 1 0 7-9\n");
}

TEST_CASE("comments and layout are in neither hash, names and literals only in one") {
  const char* f = "function f(a, b) { c = a + 1; return c * b; }";
  const char* laid_out =
      "// what it does\nfunction f(a, b)\n{\n\n  c = a+1; /* one */\n  return c*b;  // done\n}";
  CHECK(same_shape(f, laid_out));
  CHECK(same_body(f, laid_out));
  const char* renamed = "function f(a, b) { d = a + 1; return d * b; }";
  CHECK(same_shape(f, renamed));
  CHECK_FALSE(same_body(f, renamed));
  const char* other_literal = "function f(a, b) { c = a + 2; return c * b; }";
  CHECK(same_shape(f, other_literal));
  CHECK_FALSE(same_body(f, other_literal));
  const char* other_operator = "function f(a, b) { c = a - 1; return c * b; }";
  CHECK_FALSE(same_shape(f, other_operator));
  CHECK_FALSE(same_body(f, other_operator));
  CHECK_FALSE(same_shape(f, "function f(a, b) { return a * b; }"));
  CHECK_FALSE(same_shape(f, "function f(a) { c = a + 1; return c * b; }"));
}

TEST_CASE("a function that was renamed or moved keeps its hashes") {
  CHECK(same_body("function f(a) { return a; }", "function g(a) { return a; }"));
  const auto moved = keys("function g() { function f(a) { return a; } }");
  CHECK(moved[2].body_hash == first("function f(a) { return a; }").body_hash);
  CHECK(moved[2].path == std::vector<std::string>{"g"});
}

TEST_CASE("the file itself does not change with its functions") {
  const auto top = [](std::string_view text) { return keys(text)[0].body_hash; };
  CHECK(top("x = 1;\nfunction f() { return 1; }\n") == top("x = 1;\nfunction f() { return 2; }\n"));
  CHECK(top("x = 1;\n") != top("x = 2;\n"));
}

TEST_CASE("a broken file has keys for what can be read") {
  CHECK(keys("function f( {").size() <= 2);
  CHECK(keys("").size() == 1);
}
