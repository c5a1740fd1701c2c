#include "core/syntax/deterministic.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "core/syntax/run.h"
#include "core/syntax/subtree.h"
#include "core/text/utf8.h"
#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

namespace {

bool has_errors(const TreePointer& tree) { return ts_node_has_error(ts_tree_root_node(tree.get())); }

// The tree of run() to the last bit, or none because that one has errors or the text is none.
bool agrees(const std::string& text) {
  const TreePointer ours = run_deterministic(text), theirs = run(text, nullptr);
  if (!ours) return has_errors(theirs) || ml::find_invalid_utf8(text);
  return are_equal(root_of(ours.get()), root_of(theirs.get()));
}

bool is_parsed(const std::string& text) { return run_deterministic(text) != nullptr && agrees(text); }

std::string repeated(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

// Takes something out, puts something in, or twice the same.
std::string changed(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"(",
                                                   ")",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   "`",
                                                   "${",
                                                   "//",
                                                   "/*",
                                                   "*/",
                                                   "# c\n",
                                                   "\n",
                                                   ";",
                                                   ",",
                                                   "=",
                                                   "=>",
                                                   "x",
                                                   "1",
                                                   "\"",
                                                   "'",
                                                   "function f() {",
                                                   "if (x) ",
                                                   "else ",
                                                   "return ",
                                                   "...",
                                                   ".",
                                                   ":",
                                                   "?",
                                                   "é",
                                                   "\xF0\x9F\x90\x8D",
                                                   "\t",
                                                   "\r\n",
                                                   " "};
  for (unsigned i = random() % 3 + 1; i > 0; --i) {
    const std::size_t at = random() % (text.size() + 1), length = random() % 12;
    switch (random() % 3) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(at, kPieces[random() % kPieces.size()]); break;
      default: text.insert(at, text.substr(random() % (text.size() + 1), length * 8));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("programs have the tree that tree-sitter makes of them, to the last bit") {
  unsigned parsed = 0;
  for (const std::string& program : sample_programs()) {
    INFO(program);
    REQUIRE(agrees(program));
    if (run_deterministic(program)) ++parsed;
  }
  CHECK(parsed > sample_programs().size() / 2);
}

TEST_CASE("so have texts in which several brackets are missing in one place") {
  CHECK(is_parsed("f([a = 1; x(2);"));
  CHECK(is_parsed("f([g([a = 1;\ny = 2;"));
}

TEST_CASE("so have texts with a comment where only other tokens are looked for") {
  CHECK(is_parsed(
      "x = `${a // \"b\"} // text # text ${ /* c */  // \"b\"} // text # text ${ /* c */\nd}`;\nd}`;\n"));
}

TEST_CASE("so have texts of unusual size") {
  CHECK(is_parsed(""));
  CHECK(is_parsed("\n\n"));
  CHECK(is_parsed(std::string("x = 1; # \0 y", 12)));
  CHECK(is_parsed(repeated("\n", 5000) + "x = 1;" + std::string(5000, ' ') + "# c"));  // not packed: padding
  CHECK(is_parsed("x" + std::string(5000, 'y') + " = \"" + std::string(5000, 'z') + "\";"));  // and length
  CHECK(is_parsed("x = `a\nb ${`c\n\n${d}`}`;"));
  CHECK(is_parsed("x = [" + repeated("1, ", 70'000) + "2];"));
  CHECK(is_parsed(repeated("# comment\n", 70'000)));
  CHECK(is_parsed("x = " + std::string(70'000, '(') + "1" + std::string(70'000, ')') + ";"));
  CHECK(is_parsed(repeated("x = \"日本\"; é /* \xF0\x9F\x90\x8D */\n", 1000)));
}

TEST_CASE("a mistake that takes recovery is left to tree-sitter") {
  CHECK(run_deterministic("x = 1;\nif }") == nullptr);
  CHECK(run_deterministic("x = a ? b;") == nullptr);
}

TEST_CASE("bytes that are no UTF-8, and a byte order mark, are left to tree-sitter") {
  for (const char* bytes : {"\x80", "\xC1\xBF", "\xE2\x82", "\xE2\x28\xA1", "\xED\xA0\x80", "\xE0\x80\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    INFO(bytes);
    CHECK(run_deterministic(std::string("# ") + bytes) == nullptr);
    CHECK(run_deterministic(std::string("# ") + bytes + "abcd\n") == nullptr);
  }
  CHECK(run_deterministic("\xEF\xBB\xBFx = 1;") == nullptr);
  CHECK(is_parsed("# \xEF\xBB\xBF and the last ones: \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF"));
}

TEST_CASE("what is certain must not be told by where the text ends") {
  const std::string text = "x = 1;\ny = z";
  CHECK(run_deterministic(text, 6) != nullptr);   // `;` says that the first statement is over
  CHECK(run_deterministic(text, 12) == nullptr);  // `z` may be the begin of a longer word
}

// MLPY_SEED repeats a failing run.
TEST_CASE("changed programs agree with tree-sitter, too") {
  const char* given = std::getenv("MLPY_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
  std::mt19937 random(seed);
  const std::vector<std::string> programs = sample_programs();
  unsigned parsed = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = changed(programs[random() % programs.size()], random);
    INFO("MLPY_SEED=" << seed << ", text " << i << ":\n" << text);
    REQUIRE(agrees(text));
    if (run_deterministic(text)) ++parsed;
  }
  CHECK(parsed > 200);
}
