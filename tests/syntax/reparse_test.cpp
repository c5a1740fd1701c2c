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
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
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

// Behind a statement that a clause could continue, a fresh parse asks the scanner for a token in another
// state than one that took over the statement.
TEST_CASE("a statement taken over does not change the token behind it") {
  const std::vector<std::string> statements = {"if (a) { b; }", "if (a) b;", "try { a; } except { b; }"};
  for (const std::string& statement : statements) {
    for (const std::string& word :
         std::vector<std::string>{"e", "c", "catch", "elseif", "elsif", "else", "except"}) {
      for (int i = 0; i < 60; i++) {
        const auto number = std::to_string(i);
        std::string before = "x = 1;\n" + statement;
        before += "\n" + word + (i % 2 != 0 ? number + " = 1;\n" : "(" + number + ");\ny = 2;\n");
        std::string after = before;
        after.replace(4, 1, "23");
        const Tree again = reparse(after, parse(before), {4, 5, 6});
        INFO(after);
        REQUIRE(exact(again.root()) == exact(parse(after).root()));
      }
    }
  }
}

TEST_CASE("a clause that an edit makes continues the statement before") {
  for (const std::string& statement : std::vector<std::string>{"if (a) { b; }", "if (a) b;", "try { a; }"}) {
    for (const std::string& clause : std::vector<std::string>{"catch (e) { c; }", "elseif (c) { d; }",
                                                              "elsif (c) d;", "else { c; }", "elif (c) d;"}) {
      for (const std::string& around : std::vector<std::string>{"", "function f() {\n"}) {
        const std::string head = around + statement + "\n", end = around.empty() ? "" : "}\n";
        const auto at = static_cast<ml::ByteOffset>(head.size());
        const std::string call = "f(c);\n", before = head + call + end, after = head + clause + "\n" + end;
        const Tree again = reparse(after, parse(before),
                                   {at, at + static_cast<ml::ByteOffset>(call.size()),
                                    at + static_cast<ml::ByteOffset>(clause.size() + 1)});
        INFO(after);
        CHECK(exact(again.root()) == exact(parse(after).root()));
        const Tree back = reparse(before, again,
                                  {at, at + static_cast<ml::ByteOffset>(clause.size() + 1),
                                   at + static_cast<ml::ByteOffset>(call.size())});
        CHECK(exact(back.root()) == exact(parse(before).root()));
      }
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
