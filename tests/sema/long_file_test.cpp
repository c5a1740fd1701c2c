// Edits of long files, where most of a version is taken over from the one before.

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <unordered_set>

#include "core/ast/print.h"
#include "tests/sema/show.h"
#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

// Statements that end in every way a statement can end, and what may stand between them. `{}` is a number.
constexpr const char* kStatements[] = {
    "x{0} = f{1}({0}) + x{1};\n",
    "function f{0}(a, b = {1}) {{\n    c{1} = a + x{1};\n    return c{1} * b;\n}}\n\n",
    "if (x{0} > {1}) print(x{1});\n",
    "if (x{0} > {1}) {{ y{0} = 1; }} else {{ y{0} = x{1}; }}\n",
    "for (i in [1, {0}]) {{ print(`n ${{i + {1}}}`); }}\n",
    "while (x{0} < {1}) {{ x{0} = x{0} + 1; }}\n",
    "try {{ print(x{0}); }} except (e) {{ print(e); }}\n",
    "// remark {0}\n",
    "/* longer\n   remark {0} */\n",
    "let v{0} = \"s{1}\"; const k{0} = {1};\n",
    "print(x{0}, v{1}, [x{1}][0]); print(x{0});\n",
    "[p{0}, q{0}] = [{0}, {1}];\n",
    "g{0} = y => {{ return y + x{1}; }};\n",
    "({0} + x{1});\n",
    "{{ z{0} = {1}; }}\n",
    "t{0} = function me(n) {{ nonlocal x{1}; x{1} = n; return n; }};\n",
    "nonlocals = {0} // {1};\n",
    ";\n",
};
constexpr const char* kPieces[] = {
    "1",  "x",  "x2", " ",         "\n",        "// a\n",    "/* b */",  "(",    ")",     "{",
    "}",  ";",  "`",  "\"",        "function",  "else {}\n", "if (x1) ", "\xC3", "f(1);", "import math;\n",
    "//", "/*", "*/", "except {}", "throw 1;\n"};

struct Version {
  syntax::Tree tree;
  ast::Module module;
  sema::Analysis analysis;
};

Version make(const syntax::Tree& tree, std::string_view text, Interner& names, const Version* before) {
  Version out{tree, ast::build(tree, text, names, before ? &before->module : nullptr), {}};
  out.analysis = sema::analyze(out.module, names, stdlib::catalogue(), library_only, {},
                               before ? &before->analysis : nullptr);
  return out;
}

std::string statement(std::mt19937& random) {
  return fmt::format(fmt::runtime(kStatements[random() % std::size(kStatements)]), random() % 40,
                     random() % 40);
}

std::string show_tree(const syntax::Tree& tree) {
  std::string out;
  TSTreeCursor cursor = ts_tree_cursor_new(tree.root());
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    out += fmt::format("{} {}-{}\n", ts_node_type(node), ts_node_start_byte(node), ts_node_end_byte(node));
    if (ts_tree_cursor_goto_first_child(&cursor)) continue;
    while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) more = ts_tree_cursor_goto_parent(&cursor);
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}

std::size_t line_start(const std::string& text, std::size_t at) {
  const std::size_t end = at == 0 ? text.npos : text.rfind('\n', at - 1);
  return end == text.npos ? 0 : end + 1;
}

template <class List>
std::size_t unshared_chunks(const List& before, const List& after) {
  std::unordered_set<const void*> known;
  for (const auto& placed : before.chunks()) known.insert(placed.chunk.get());
  std::size_t count = 0;
  for (const auto& placed : after.chunks()) count += !known.contains(placed.chunk.get());
  return count;
}

}  // namespace

// MLPY_SEED repeats a failing run, MLPY_EDITS makes it longer.
TEST_CASE("a long file after edits equals a fresh one") {
  const char* given = std::getenv("MLPY_SEED");
  const char* length = std::getenv("MLPY_EDITS");
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
  std::mt19937 random(seed);
  const int edits = length ? std::atoi(length) : 60;
  std::size_t broken = 0;
  for (int round = 0; round < 4; ++round) {
    std::string text = "import json;\n";
    for (int i = 0; i < 250; ++i) text += statement(random);
    Interner names;
    Version kept = make(syntax::parse(text), text, names, nullptr);
    for (int i = 0; i < edits; ++i) {
      std::size_t at = random() % (text.size() + 1), cut = 0;
      std::string put;
      switch (random() % 6) {
        case 0:
          at = line_start(text, at);
          put = statement(random);
          break;
        case 1:
          at = line_start(text, at);
          cut = std::min(text.find('\n', at), text.size() - 1) + 1 - at;
          break;
        case 2: put = kPieces[random() % 3]; break;
        case 3: put = kPieces[random() % std::size(kPieces)]; break;
        case 4:
          cut = std::min<std::size_t>(random() % 40, text.size() - at);
          put = statement(random);
          break;
        default: cut = std::min<std::size_t>(1, text.size() - at);
      }
      std::string changed = text;
      changed.replace(at, cut, put);
      const TextEdit edit{static_cast<ByteOffset>(at), static_cast<ByteOffset>(at + cut),
                          static_cast<ByteOffset>(at + put.size())};
      UNSCOPED_INFO("MLPY_SEED=" << seed << ", round " << round << ", edit " << i << " at " << at << ", cut "
                                 << cut << ", put " << put);
      Version next = make(syntax::reparse(changed, kept.tree, edit), changed, names, &kept);
      const Version fresh = make(syntax::parse(changed), changed, names, nullptr);
      REQUIRE(show_tree(next.tree) == show_tree(fresh.tree));
      const LineIndex lines(changed);
      REQUIRE(ast::print(next.module, names, &lines) == ast::print(fresh.module, names, &lines));
      REQUIRE(show(names, next.analysis) == show(names, fresh.analysis));
      broken += next.tree.has_errors();
      // Seldom stay with a broken text: it is parsed anew.
      if (next.tree.has_errors() && random() % 3 != 0) continue;
      text = std::move(changed);
      kept = std::move(next);
    }
    // Back to something whole, so that the next edits share again.
  }
  CHECK(broken > 0);
}

TEST_CASE("a long file is analysed like a short one") {
  std::mt19937 random(5);
  std::string text = "import json;\n";
  while (text.size() < 150'000) text += statement(random);
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module module = ast::build(tree, text, names);
  const auto analysed = [&](const sema::Analysis* previous) {
    return sema::analyze(module, names, stdlib::catalogue(), library_only, {}, previous);
  };
  const sema::Analysis nothing;
  const sema::Analysis analysis = analysed(nullptr),
                       in_turn = analysed(&nothing);  // the latter by one thread
  REQUIRE(analysis.items.size() == module.items.size());
  CHECK((show(names, analysis) == show(names, in_turn)));
  CHECK(unshared_chunks(analysis.items, analysed(&analysis).items) == 0);
}

TEST_CASE("an edit leaves all chunks but those it touches") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += fmt::format("value_{0} = make_{0}(1, {0});\n", i);
  Interner names;
  const Version before = make(syntax::parse(text), text, names, nullptr);
  const std::size_t chunks = before.module.items.chunks().size();
  CHECK(chunks > 2000 / 40);
  CHECK(chunks < 2000 / 6);
  for (const std::size_t line : {std::size_t{0}, std::size_t{999}, std::size_t{1990}}) {
    const std::size_t at = text.find(fmt::format("(1, {})", line)) + 1;
    std::string changed = text;
    changed.insert(at, "2");
    const TextEdit edit{static_cast<ByteOffset>(at), static_cast<ByteOffset>(at),
                        static_cast<ByteOffset>(at + 1)};
    const Version after = make(syntax::reparse(changed, before.tree, edit), changed, names, &before);
    CHECK(unshared_chunks(before.module.items, after.module.items) <= 3);
    CHECK(unshared_chunks(before.analysis.items, after.analysis.items) <= 3);
    CHECK(after.module.items.size() == 2000);
  }
}
