// One mistake, one finding; several mistakes, all of them.

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("mistakes in different functions are all reported") {
  check_syntax(R"ml(
function a() {
  x = 1
//     ^ ML0101
  return x;
}
ok = a();
function b() {
  if (x = 2) { y = [1, 2; }
//      ^ ML0113
//                 ^ ML0102
  return c ** 2;
//         ^^ ML0121
}
print(ok);
x++;
 ^^ ML0120
)ml");
}

TEST_CASE("a mistake inside a callback stays there") {
  check_syntax(R"ml(
xs.map(x => {
  y = x +;
//       ^ ML0100
  return y;
}).filter(fn(v) => { return v === 1; });
//                            ^^^ ML0122
)ml");
}

TEST_CASE("the same text gives the same findings however the parser got there") {
  // The finding must not depend on which token tree-sitter chose to skip.
  const std::string source = "a = 1;\nif (a b) { c = 2; }\nd = 3;\n";
  check_syntax("a = 1;\nif (a b) { c = 2; }\n//    ^ ML0100 expected ')', found 'b'\nd = 3;\n");
  Interner names;
  std::string text = "a = 1;\nif (a) { c = 2; }\nd = 3;\n";
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module before = ast::build(tree, text, names);
  CHECK(before.diagnostics.empty());
  text.insert(12, " b");
  REQUIRE(text == source);
  const ast::Module after = ast::build(syntax::reparse(text, tree, {12, 12, 14}), text, names, &before);
  CHECK(after.diagnostics == syntax_findings(source));
}

TEST_CASE("comments are no operands") {
  CHECK(codes_of(syntax_findings("o = {\n  a: 1, // first\n  b: 2 // the second one\n};\n")).empty());
  CHECK(codes_of(syntax_findings("x = (1 // one\n;")) == std::vector<std::string>{"ML0102"});
}

TEST_CASE("broken statements are Bad nodes of refused items, the others are whole") {
  const std::string source = "a = 1;\nb = = 2;\nc = 3;\n";
  Interner names;
  const ast::Module module = ast::build(syntax::parse(source), source, names);
  int refused = 0, whole = 0;
  for (const ast::PlacedItem& item : module.items) (item.item->refused ? refused : whole)++;
  CHECK(refused >= 1);
  CHECK(whole >= 2);
  CHECK(codes_of(module.diagnostics) == std::vector<std::string>{"ML0100"});
}

// Leaks by design: core/syntax/allocator.h.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a text that is too broken to be read is no good program") {
  std::string text;
  for (int i = 0; i < 70'000; i++) text += "`${";
  const syntax::Tree tree = syntax::parse(text);
  REQUIRE(tree.refused());
  Interner names;
  const ast::Module module = ast::build(tree, text, names);
  REQUIRE(module.diagnostics.size() == 1);
  CHECK(module.diagnostics[0].message == "expected a program, found a text that is too broken to be read");
}
#endif

TEST_CASE("the branches of one if may be many") {
  std::string text = "if (a) {}";
  for (int i = 0; i < 100'000; i++) text += "elif (a) {}\n";
  const syntax::Tree tree = syntax::parse(text);
  Interner names;
  const ast::Module module = ast::build(tree, text, names);
  CHECK(module.diagnostics.empty());
}

TEST_CASE("unexpected characters before a statement go and come with edits") {
  const std::string text = std::string(95, '@') + "n = 0; function f() { n = n + 1; }\nf();\n!!! a\n";
  std::string after = text;
  after.erase(63, 15);
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module module = ast::build(before, text, names);
  const syntax::Tree tree = syntax::reparse(after, before, {63, 78, 63});
  CHECK(ast::build(tree, after, names, &module).diagnostics == ast::build(tree, after, names).diagnostics);
}

TEST_CASE("an edit behind a mistake takes over what stands before it") {
  std::string text = "}\n";
  for (int i = 0; i < 200; ++i) text += "function f" + std::to_string(i) + "() { return 1; }\n";
  const auto at = static_cast<std::uint32_t>(text.size() - 4);
  std::string after = text;
  after.insert(at, ";");
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module module = ast::build(before, text, names);
  REQUIRE(module.items.chunks().front().chunk->refused);
  const syntax::Tree tree = syntax::reparse(after, before, {at, at, at + 1});
  const ast::Module edited = ast::build(tree, after, names, &module);
  CHECK(edited.items.chunks().front().chunk == module.items.chunks().front().chunk);
}
