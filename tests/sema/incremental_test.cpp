// After any edit the incremental analysis says what a fresh one says.

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "tests/sema/show.h"
#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

constexpr const char* kProgram = R"ml(import math;
import json as j;
total = 0;
const limit = 10;
function add(a, b = 1) { nonlocal total; total = total + a; return a + b; }
function mean(xs) { sum = 0; for (x in xs) { sum = sum + x; } return sum / len(xs); }
if (total > limit) { late = 1; } else { print("no"); }
print(late, add(1), add(1, 2), math.sqrt(total), j.parse("[1]"));
fact = function me(n) { return n < 2 ? 1 : n * me(n - 1); };
try { print(fact(3), missing); } except (e) { print(e); }
names = ["a", "b"];
for (i = 0; i < names.length; i = i + 1) { print(names[i].upper(), names["x"]); }
function outer(p) { q = p; function inner() { nonlocal q; q = q + limit; return q; } return inner; }
while (total < 5) { total = total + 1; if (total == 3) { break; } }
print(outer(2)(), mean(names), undefined_name, add());
throw {message: "end"};
print("never");
)ml";

const char* const kPieces[] = {"total",
                               "limit",
                               "add",
                               "x",
                               "len",
                               "math",
                               " = 1;\n",
                               "nonlocal ",
                               "(",
                               ")",
                               "{",
                               "}",
                               ";",
                               "\n",
                               "print(",
                               "fn() => 1",
                               "\"s\"",
                               "import json;\n",
                               "function mean(a) { return a; }\n",
                               "const total = 1;\n",
                               "return 1;\n",
                               "me",
                               "5",
                               " "};

}  // namespace

// MLPY_SEED repeats a failing run.
TEST_CASE("incremental analysis equals a fresh one") {
  const char* given = std::getenv("MLPY_SEED");
  const std::uint32_t seed = given ? static_cast<std::uint32_t>(std::atol(given)) : std::random_device{}();
  INFO("MLPY_SEED=" << seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 20; ++round) {
    std::string text = kProgram;
    Analysed kept;
    syntax::Tree tree = syntax::parse(text);
    kept.module = ast::build(tree, text, kept.names);
    kept.analysis = sema::analyze(kept.module, kept.names, stdlib::catalogue(), library_only, {}, nullptr);
    for (int edit = 0; edit < 15; ++edit) {
      const std::size_t begin = pick(text.size() + 1);
      const std::size_t length = pick(3) == 0 ? std::min<std::size_t>(pick(12), text.size() - begin) : 0;
      const std::string_view piece = pick(4) == 0 ? std::string_view{} : kPieces[pick(std::size(kPieces))];
      text.replace(begin, length, piece);
      const TextEdit change{static_cast<ByteOffset>(begin), static_cast<ByteOffset>(begin + length),
                            static_cast<ByteOffset>(begin + piece.size())};
      syntax::Tree next = syntax::reparse(text, tree, change);
      ast::Module module = ast::build(next, text, kept.names, &kept.module);
      sema::Analysis analysis =
          sema::analyze(module, kept.names, stdlib::catalogue(), library_only, {}, &kept.analysis);
      const sema::Analysis fresh =
          sema::analyze(module, kept.names, stdlib::catalogue(), library_only, {}, nullptr);
      INFO("after edit at " << begin << " of:\n" << text);
      REQUIRE(show(kept.names, analysis) == show(kept.names, fresh));
      kept.module = std::move(module);
      kept.analysis = std::move(analysis);
      tree = std::move(next);
    }
  }
}

TEST_CASE("a variable that gets another place and another type at once is linked anew") {
  std::string head = "function h() { return a; }\n";
  for (int i = 1; i < 33; ++i) head += fmt::format("n{} = {};\n", i, i);
  const std::string old_text = "b1 = 1; b2 = 2; b3 = 3; a = 1;\n", new_text = "a = [1];\n",
                    tail = "print(h());\n";
  const std::string before = head + old_text + tail, after = head + new_text + tail;
  const syntax::Tree tree = syntax::parse(before);
  Analysed kept;
  kept.module = ast::build(tree, before, kept.names);
  kept.analysis = sema::analyze(kept.module, kept.names, stdlib::catalogue(), library_only, {}, nullptr);
  const auto begin = static_cast<ByteOffset>(head.size());
  const syntax::Tree next = syntax::reparse(after, tree,
                                            {begin, begin + static_cast<ByteOffset>(old_text.size()),
                                             begin + static_cast<ByteOffset>(new_text.size())});
  const ast::Module module = ast::build(next, after, kept.names, &kept.module);
  const sema::Analysis again =
      sema::analyze(module, kept.names, stdlib::catalogue(), library_only, {}, &kept.analysis);
  const sema::Analysis fresh =
      sema::analyze(module, kept.names, stdlib::catalogue(), library_only, {}, nullptr);
  CHECK(show(kept.names, again) == show(kept.names, fresh));
}

TEST_CASE("facts of items that did not change are shared") {
  const std::string before = "a = 1;\nfunction f() { return a; }\nprint(f(), b);\nb = 2;\n";
  const syntax::Tree tree = syntax::parse(before);
  Analysed first;
  first.module = ast::build(tree, before, first.names);
  first.analysis = sema::analyze(first.module, first.names, stdlib::catalogue(), library_only, {}, nullptr);
  const auto cut = static_cast<ByteOffset>(before.find("b = 2;"));
  const std::string after = before.substr(0, cut);
  const syntax::Tree shorter =
      syntax::reparse(after, tree, {cut, static_cast<ByteOffset>(before.size()), cut});
  const ast::Module module = ast::build(shorter, after, first.names, &first.module);
  const sema::Analysis next =
      sema::analyze(module, first.names, stdlib::catalogue(), library_only, {}, &first.analysis);
  REQUIRE(next.items.size() == 3);
  CHECK(next.items[0] == first.analysis.items[0]);
  CHECK(next.items[1] == first.analysis.items[1]);
  CHECK(next.items[2] != first.analysis.items[2]);
  CHECK(next.items[2]->summary == first.analysis.items[2]->summary);
  CHECK(codes_of(next.diagnostics) == std::vector<std::string>{"ML0201"});
}
