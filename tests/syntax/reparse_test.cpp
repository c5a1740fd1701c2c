#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/syntax/print.h"
#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

namespace {

// Pieces that tip the scanner and the parser over.
const std::vector<std::string> kPieces = {
    "(",        ")",        "[",    "]",     "{",       "}",          ";",      ",",     ":",
    ".",        "=",        "=>",   "//",    "/*",      "*/",         "#",      "\"",    "'",
    "`",        "${",       "\n",   " ",     "x",       "1",          "0x",     "1.",    "if ",
    "let ",     "fn",       "else", "while", "return ", "function f", "yield ", "not ",  "true",
    "\\",       "\xC3\xA9", "$",    "--",    "++",      "**",         "and ",   "catch", "capability A {",
    "import a", "a // b",   "\t",   "in ",   "for (",   "  // note\n"};

struct Edited {
  std::string text;
  ml::TextEdit edit;
};

Edited random_edit(const std::string& text, std::mt19937& random) {
  auto pick = [&](std::size_t bound) { return static_cast<ml::ByteOffset>(random() % (bound + 1)); };
  const ml::ByteOffset begin = pick(text.size());
  std::string put;
  ml::ByteOffset cut = 0;
  switch (random() % 4) {
    case 0: put = kPieces[random() % kPieces.size()]; break;
    case 1: cut = pick(std::min<std::size_t>(text.size() - begin, 3)); break;
    case 2:
      cut = pick(std::min<std::size_t>(text.size() - begin, 12));
      put = kPieces[random() % kPieces.size()];
      break;
    default: {  // a copy of something else in the text
      const ml::ByteOffset from = pick(text.size());
      put = text.substr(from, pick(20));
    }
  }
  Edited out{text, {begin, begin + cut, begin + static_cast<ml::ByteOffset>(put.size())}};
  out.text.replace(begin, cut, put);
  return out;
}

}  // namespace

// MLPY_SEED repeats a failing run, MLPY_EDITS makes it longer.
TEST_CASE("a reparse after random edits equals a fresh parse") {
  const char* given = std::getenv("MLPY_SEED");
  const char* length = std::getenv("MLPY_EDITS");
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : 20261122u;
  const int edits = length ? std::atoi(length) : 12;
  std::mt19937 random(seed);
  for (const std::string& program : sample_programs()) {
    std::string text = program;
    Tree tree = parse(text);
    for (int i = 0; i < edits; i++) {
      const Edited next = random_edit(text, random);
      const Tree again = reparse(next.text, tree, next.edit);
      const std::string expected = exact(parse(next.text).root());
      const std::string found = exact(again.root());
      if (found != expected) {
        UNSCOPED_INFO("MLPY_SEED=" << seed << ", edit " << i << " [" << next.edit.begin << ", "
                                   << next.edit.old_end << ", " << next.edit.new_end << ")\n--- before\n"
                                   << text << "\n--- after\n"
                                   << next.text << "\n--- reparsed\n"
                                   << found << "\n--- fresh\n"
                                   << expected);
      }
      REQUIRE(found == expected);
      // A broken text is parsed anew: seldom stay there.
      if (again.has_errors() && random() % 4 != 0) continue;
      text = next.text;
      tree = again;
    }
  }
}

TEST_CASE("statements that an edit does not touch keep their identity") {
  std::string text;
  for (int i = 0; i < 100; i++) text += "x" + std::to_string(i) + " = f(" + std::to_string(i) + ") + 1;\n";
  const Tree before = parse(text);
  const auto at = static_cast<ml::ByteOffset>(text.find("x50 =") + 6);
  text.insert(at, "1 + ");
  const Tree after = reparse(text, before, {at, at, at + 4});
  unsigned same = 0;
  const std::uint32_t count = ts_node_named_child_count(before.root());
  REQUIRE(ts_node_named_child_count(after.root()) == count);
  for (std::uint32_t i = 0; i < count; i++) {
    const TSNode old_child = ts_node_named_child(before.root(), i),
                 new_child = ts_node_named_child(after.root(), i);
    if (identity(old_child) == identity(new_child)) same++;
    if (i == 50) CHECK(identity(old_child) != identity(new_child));
  }
  CHECK(same >= count - 3);
}
