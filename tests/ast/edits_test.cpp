// Edits one after another, in statements and in what stands between them: building takes over what did not
// change, and gives what it gives for the new text alone.

#include <cstdlib>
#include <random>

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

namespace {

// A chunk ends before "port".
constexpr std::string_view kPieces[] = {"// note\n",
                                        "/* two\nlines */",
                                        "@",
                                        "@@ ",
                                        "#",
                                        "}",
                                        "\n",
                                        " ",
                                        "import math;\n",
                                        "port formatimport = 1;\n",
                                        "x",
                                        "f(x);\n",
                                        "function f(a) { return a; }\n",
                                        "if (x) { y = 2; }\n",
                                        "\"text\"",
                                        "/*",
                                        "\xff",
                                        ";"};

std::string printed(const ast::Module& module, const Interner& names, const std::string& text) {
  const LineIndex lines(text);
  std::string out = ast::print(module, names, &lines);
  for (const ast::PlacedItem& item : module.items)
    out += std::to_string(item.start) + "-" + std::to_string(item.end) + "\n";
  return out;
}

}  // namespace

TEST_CASE("an edit in a comment before everything") {
  const std::string text =
      "// a comment, which is longer than what is behind it\nimport math;\ni\nport formatimport ";
  const std::string after = "// a\nimport math;\ni\nport formatimport ";
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module module = ast::build(before, text, names);
  const syntax::Tree tree = syntax::reparse(after, before, {4, 52, 4});
  const ast::Module edited = ast::build(tree, after, names, &module);
  const ast::Module fresh = ast::build(tree, after, names);
  CHECK(printed(edited, names, after) == printed(fresh, names, after));
  CHECK(edited.diagnostics == fresh.diagnostics);
}

TEST_CASE("a comment that becomes something else of the same length") {
  const std::string text = "/*a*/\nimport math;\ni\nport formatimport ";
  std::string after = text;
  after.replace(0, 5, "@@@@@");
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module module = ast::build(before, text, names);
  const syntax::Tree tree = syntax::reparse(after, before, {0, 5, 5});
  const ast::Module edited = ast::build(tree, after, names, &module);
  CHECK(edited.diagnostics == ast::build(tree, after, names).diagnostics);
  CHECK_FALSE(edited.diagnostics.empty());
}

TEST_CASE("a comment at the end of a statement does not end it") {
  const std::string text = "i // x;\n", after = text + "f();";
  const auto end = static_cast<ByteOffset>(text.size());
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module module = ast::build(before, text, names);
  const syntax::Tree tree = syntax::reparse(after, before, {end, end, end + 4});
  CHECK(ast::build(tree, after, names, &module).diagnostics == ast::build(tree, after, names).diagnostics);
}

// MLPY_SEED repeats a failing run.
TEST_CASE("a module after edits is that of the text alone") {
  const char* given = std::getenv("MLPY_SEED");
  const std::uint32_t seed = given ? static_cast<std::uint32_t>(std::atol(given)) : std::random_device{}();
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 60; ++round) {
    std::string text;
    for (std::size_t i = pick(60); i > 0; --i)
      text += kPieces[pick(3) == 0 ? pick(std::size(kPieces)) : 8 + pick(2)];
    Interner names;
    syntax::Tree tree = syntax::parse(text);
    ast::Module module = ast::build(tree, text, names);
    for (int edit = 0; edit < 25; ++edit) {
      const std::string was = text;
      const std::size_t begin = pick(text.size() + 1);
      const std::size_t length = pick(2) == 0 ? std::min<std::size_t>(pick(12), text.size() - begin) : 0;
      const std::string_view piece = pick(3) == 0 ? std::string_view{} : kPieces[pick(std::size(kPieces))];
      text.replace(begin, length, piece);
      syntax::Tree next =
          syntax::reparse(text, tree,
                          {static_cast<ByteOffset>(begin), static_cast<ByteOffset>(begin + length),
                           static_cast<ByteOffset>(begin + piece.size())});
      INFO("MLPY_SEED=" << seed << " round " << round << " edit " << edit << " at " << begin << "\n"
                        << was << "\n--- became\n"
                        << text);
      ast::Module now = ast::build(next, text, names, &module);
      const ast::Module fresh = ast::build(next, text, names);
      REQUIRE(printed(now, names, text) == printed(fresh, names, text));
      REQUIRE(write_marks(text, now.diagnostics) == write_marks(text, fresh.diagnostics));
      module = std::move(now);
      tree = std::move(next);
    }
  }
}
