#include "core/syntax/halves.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "core/syntax/subtree.h"
#include "core/syntax/tree.h"
#include "tests/syntax/print.h"
#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

namespace {

// What a parse as a whole gives, of a text of any length.
Tree whole(const std::string& text) {
  return reparse(text, parse(""), {0, 0, static_cast<ml::ByteOffset>(text.size())});
}

std::string show(const TreePointer& tree) { return exact(ts_tree_root_node(tree.get())); }

std::vector<Cut> cuts(const std::string& text) {
  std::vector<Cut> out;
  for (auto at = text.find("function "); at != text.npos; at = text.find("function ", at + 1)) {
    if (const auto cut = cut_at(text, static_cast<ml::ByteOffset>(at))) out.push_back(*cut);
  }
  return out;
}

// `head`, a function where a text could be cut, at the end of a chunk or not, `tail`.
std::string with_cut(const std::string& head, const std::string& tail, bool ends_chunk) {
  const auto name = [](int i) { return "function g" + std::to_string(i) + "(a, b) { return a; }\n"; };
  int i = 0;
  while (cut_at(";\n" + name(i), 2).value().ends_chunk != ends_chunk) ++i;
  return head + name(i) + tail;
}

// Programs one after the other, with functions between them and sometimes a piece that does not belong there.
std::string random_text(std::mt19937& random, const std::vector<std::string>& programs, bool broken) {
  static const std::vector<std::string> kSpoilt = {"`", "/*", "*/",    "{",     "}",  "(",
                                                   "x", "//", "x = 1", "x = {", "\"", "x = 1 // a + `b\n"};
  static const std::vector<std::string> kBetween = {
      "", "\n\n", "// note\n", "# note\n\n", "/* a\n b */\n", "x = `\n", "y = function () { return 1; }\n"};
  std::string text;
  for (int i = 0; i < 6; ++i) {
    text += programs[random() % programs.size()];
    for (int j = 0; j < 6; ++j) {
      text += random() % 3 == 0 ? kBetween[random() % (kBetween.size() - (broken ? 0 : 2))] : "";
      if (broken && random() % 40 == 0) text += kSpoilt[random() % kSpoilt.size()];
      text += "\nfunction f" + std::to_string(random() % 1000) + "(a, b) {\n  return `${a} // b`;\n}\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the installed tree-sitter lets trees be joined") { REQUIRE(has_known_layout()); }

// MLPY_SEED repeats a failing run.
TEST_CASE("the tree of two halves is the tree of the whole") {
  const char* given = std::getenv("MLPY_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
  std::mt19937 random(seed);
  std::vector<std::string> sound, all = sample_programs();
  for (const std::string& program : all) {
    if (!parse(program).has_errors()) sound.push_back(program);
  }
  unsigned tried = 0, joined = 0;
  for (int i = 0; i < 30; ++i) {
    const bool broken = i % 2 == 1;
    const std::string text = random_text(random, broken ? all : sound, broken);
    const std::string expected = exact(whole(text).root());
    for (const Cut cut : cuts(text)) {
      const TreePointer tree = parse_in_halves(text, cut);
      tried++;
      if (!tree) continue;
      joined++;
      INFO("MLPY_SEED=" << seed << ", text " << i << ", cut at " << cut.next);
      const bool same = show(tree) == expected;
      if (!same) UNSCOPED_INFO(text);
      REQUIRE(same);
    }
  }
  CHECK(tried >= 10);
  CHECK(joined >= 1);
}

TEST_CASE("a cut that might not be one is not made") {
  const std::vector<std::string> heads = {
      "x = 1;\nx = 1 // a + `;\n",               // a template that may close behind the cut
      "x = 1;\ny = `a;\n",                       // in a template
      "/* a;\n",                                 // in a comment
      "function f() {\n  x = 1;\n",              // in a function
      "function f() {\nfunction h() { }\n}}\n",  // behind a brace too many
      "x = function () { return 1; }\n",         // what follows decides whether a semicolon is missing
      "if (a) { b; }\n",                         // a clause could follow
      "x = $;\n}\n",
  };
  for (const std::string& head : heads) {
    for (const std::string tail : {"", "x = `a`;\n", "`;\n", "*/ x = 1;\n", "}\n", "\n};\n"}) {
      const std::string text = with_cut(head, tail, tail.size() % 2 == 0);
      INFO(text);
      for (const Cut cut : cuts(text)) CHECK(parse_in_halves(text, cut) == nullptr);
    }
  }
}

TEST_CASE("comments before a cut are in the chunk before it") {
  for (const std::string head : {"x = 1;\n// a\n# b\n\n", "// first\nfunction f() { }\n/* a */\n// b\n",
                                 "x = 8 // 2;\n// 3\n", "import a;\n\n\n", "x = 1;\n;\n"}) {
    for (const bool ends_chunk : {true, false}) {
      const std::string text = with_cut(head, "y = 2;\n", ends_chunk);
      INFO(text);
      const auto cut = cut_at(text, static_cast<ml::ByteOffset>(head.size()));
      REQUIRE(cut);
      CHECK(cut->ends_chunk == ends_chunk);
      const TreePointer tree = parse_in_halves(text, *cut);
      REQUIRE(tree);
      CHECK(show(tree) == exact(whole(text).root()));
    }
  }
}

TEST_CASE("a long text is cut near its middle, and edited like any other") {
  std::mt19937 random(11);
  unsigned at_ends = 0;
  for (int round = 0; round < 24; ++round) {
    std::string text(static_cast<std::size_t>(round) * 240, '\n');  // another middle every time
    for (int i = 0; text.size() < kWorthHalves; ++i) {
      const std::string n = std::to_string(i);
      text += "// number " + n + "\nfunction f" + n + "(a, b) {\n  return [a, b, `${a} of " + n + "`];\n}\n";
      if (i % 7 == 0) text += "x" + n + " = f" + n + "(1, 2) // 3;\n";
    }
    const auto cut = cut_in_the_middle(text);
    REQUIRE(cut);
    CHECK(cut->next > text.size() / 10 * 4);
    CHECK(cut->next < text.size() / 10 * 6);
    REQUIRE(parse_in_halves(text, *cut));
    at_ends += cut->ends_chunk;
    Tree tree = parse(text);
    REQUIRE((exact(tree.root()) == exact(whole(text).root())));
    for (int i = 0; i < 6; ++i) {
      // Half of them around the cut.
      const auto near = cut->end - 100 + random() % 200, far = random() % text.size();
      const auto at = static_cast<ml::ByteOffset>(i % 2 == 0 ? near : far);
      const auto taken = static_cast<ml::ByteOffset>(random() % 3);
      const std::string put = std::vector<std::string>{"", "1", " ", "\n", "x", ";", "}"}[random() % 7];
      std::string changed = text;
      changed.replace(at, taken, put);
      const Tree again =
          reparse(changed, tree, {at, at + taken, at + static_cast<ml::ByteOffset>(put.size())});
      INFO("round " << round << ", edit " << i << " at " << at);
      REQUIRE((exact(again.root()) == exact(whole(changed).root())));
      if (again.has_errors()) continue;
      text = changed;
      tree = again;
    }
  }
  CHECK(at_ends > 0);
  CHECK(at_ends < 24);
}

TEST_CASE("calls between functions are no place to cut") {
  std::string text;
  for (int i = 0; text.size() < 2 * kWorthHalves; ++i) {
    text += "function f" + std::to_string(i) + "(a, b) {\n  return a + b;\n}\n";
    if (i % 3 != 0) text += "f" + std::to_string(i) + "(1, 2);\n";
  }
  for (int i = 0; i < 40; ++i) {
    INFO(i);
    text += "f" + std::to_string(i) + "(3, 4);\n";
    CHECK(parse_in_halves(text, cut_in_the_middle(text).value()));
  }
}

TEST_CASE("an edit elsewhere keeps the statements around the cut") {
  std::string text;
  for (int i = 0; text.size() < 2 * kWorthHalves; ++i)
    text += "function f" + std::to_string(i) + "(a, b) {\n  return a + b;\n}\n";
  REQUIRE(parse_in_halves(text, cut_in_the_middle(text).value()));
  const Tree before = parse(text);
  std::string changed = text;
  const auto at = static_cast<ml::ByteOffset>(text.find("a + b"));
  changed.insert(at, "1 + ");
  const Tree after = reparse(changed, before, {at, at, at + 4});
  const std::uint32_t count = ts_node_named_child_count(before.root());
  REQUIRE(ts_node_named_child_count(after.root()) == count);
  unsigned same = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    same += identity(ts_node_named_child(before.root(), i)) == identity(ts_node_named_child(after.root(), i));
  }
  CHECK(same >= count - 4);
}
