#include "core/syntax/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

namespace {

std::string shown(TSSymbol symbol, ml::Span span, TSFieldId field) {
  return fmt::format("({} {}-{} f{} ", symbol, span.begin, span.end, field);
}

std::string by_cursor(TSNode root) {
  std::string out;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    out += shown(ts_node_symbol(node), span(node), ts_tree_cursor_current_field_id(&cursor));
    if (ts_tree_cursor_goto_first_child(&cursor)) continue;
    out += ")";
    while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
      more = ts_tree_cursor_goto_parent(&cursor);
      if (more) out += ")";
    }
  }
  ts_tree_cursor_delete(&cursor);
  return out;
}

std::string by_walk(TSNode root) {
  std::string out;
  std::vector<WalkFrame> frames;
  walk(
      root, frames,
      [&](TSSymbol symbol, ml::Span span, TSFieldId field) {
        out += shown(public_symbol(symbol), span, field);
        return true;
      },
      [&] { out += ")"; });
  return out;
}

}  // namespace

TEST_CASE("a walk visits what a cursor visits") {
  unsigned walked = 0;
  for (const std::string& program : sample_programs()) {
    const Tree tree = parse("// first\n\n  " + program);
    if (tree.has_errors()) continue;
    ++walked;
    const std::string nodes = by_cursor(tree.root());
    REQUIRE(count_nodes(tree.root()) >=
            static_cast<std::size_t>(std::count(nodes.begin(), nodes.end(), '(')));
    REQUIRE((by_walk(tree.root()) == by_cursor(tree.root())));
    for (std::uint32_t i = 0; i < ts_node_child_count(tree.root()); ++i) {
      const TSNode item = ts_node_child(tree.root(), i);
      REQUIRE((by_walk(item) == by_cursor(item)));
    }
  }
  CHECK(walked > 20);
}

TEST_CASE("a walk within a range visits what touches it") {
  for (const std::string& program : sample_programs()) {
    const Tree tree = parse(program);
    if (tree.has_errors() || program.size() > 2000) continue;
    std::vector<WalkFrame> frames;
    std::vector<std::pair<TSSymbol, ml::Span>> all;
    const auto nothing = [] {};
    walk(
        tree.root(), frames,
        [&](TSSymbol symbol, ml::Span span) { return all.emplace_back(symbol, span), true; }, nothing);
    for (ml::ByteOffset begin = 0; begin < program.size(); begin += 7) {
      const ml::Span within{begin, begin + begin % 60};
      std::vector<std::pair<TSSymbol, ml::Span>> some, expected;
      walk(
          tree.root(), frames,
          [&](TSSymbol symbol, ml::Span span) { return some.emplace_back(symbol, span), true; }, nothing,
          within);
      std::copy_if(all.begin(), all.end(), std::back_inserter(expected), [&](const auto& node) {
        return &node == &all.front() || (node.second.end >= within.begin && node.second.begin <= within.end);
      });
      INFO(program << "\n" << within.begin << "-" << within.end);
      REQUIRE((some == expected));
    }
  }
}

TEST_CASE("a walk leaves out what is not entered, and has an end in an empty text") {
  const Tree tree = parse("f(1, [2, 3]);\ng(4);\n");
  std::vector<WalkFrame> frames;
  std::vector<ml::Span> entered;
  int left = 0;
  walk(
      tree.root(), frames,
      [&](TSSymbol, ml::Span span) {
        entered.push_back(span);
        return span.size() > 13;  // the program
      },
      [&] { ++left; });
  REQUIRE(entered.size() == 3);
  CHECK((entered[1] == ml::Span{0, 13}));
  CHECK((entered[2] == ml::Span{14, 19}));
  CHECK(left == 1);
  const Tree empty = parse("");
  CHECK((by_walk(empty.root()) == by_cursor(empty.root())));
}
