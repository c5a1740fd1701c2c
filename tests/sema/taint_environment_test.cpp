#include "core/sema/taint_environment.h"

#include <catch2/catch.hpp>

using ml::sema::TaintEnvironment;
using Node = TaintEnvironment::Node;

namespace {

// Numbers new nodes from 1000, and counts.
struct Counted : TaintEnvironment::Drawing {
  Node join(Node a, Node b) override { return a == b ? a : (++joins, next++); }
  Node loop_head(Node) override { return ++heads, next++; }
  void loop_back(Node head, Node end) override { back.emplace_back(head, end); }
  Node next = 1000;
  int joins = 0, heads = 0;
  std::vector<std::pair<Node, Node>> back;
};

}  // namespace

TEST_CASE("a variable that every path writes no longer holds what it held") {
  Counted drawing;
  TaintEnvironment env(drawing);
  env.write({0, 1}, 7);
  env.join_paths({{{{0, 1}, 8}}, {{{0, 1}, 8}}});
  CHECK(env.read({0, 1}) == 8);
  env.join_paths({{{{0, 1}, 9}}, {}});
  CHECK(env.read({0, 1}) == 1000);  // 8 or 9
}

TEST_CASE("a path is forgotten when it is left") {
  Counted drawing;
  TaintEnvironment env(drawing);
  env.write({0, 1}, 7);
  env.enter_path();
  env.write({0, 1}, 8);
  CHECK(env.read({0, 1}) == 8);
  CHECK(env.leave_path() == TaintEnvironment::Changes{{{0, 1}, 8}});
  CHECK(env.read({0, 1}) == 7);
}

TEST_CASE("a loop hands on to its next round what it wrote") {
  Counted drawing;
  TaintEnvironment env(drawing);
  env.write({0, 1}, 7);
  env.write({0, 2}, 6);
  env.enter_loop();
  const Node head = env.read({0, 1});
  env.read({0, 2});
  env.write({0, 1}, 8);
  env.leave_loop();
  CHECK(drawing.back == std::vector<std::pair<Node, Node>>{{head, 8}});
  CHECK(env.read({0, 1}) >= 1000);  // after any number of rounds
  CHECK(env.read({0, 2}) == 6);     // left alone
}

TEST_CASE("paths and loops cost what they touch, however many variables there are") {
  Counted drawing;
  TaintEnvironment env(drawing);
  constexpr std::uint32_t kMany = 2000;
  for (std::uint32_t i = 0; i < kMany; ++i) env.write({0, i}, i + 1);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    env.enter_loop();
    env.read({0, i});
    env.enter_path();
    env.write({0, i}, 0);
    env.join_paths({env.leave_path(), {}});
    env.leave_loop();
  }
  CHECK(drawing.heads == kMany);
  CHECK(drawing.joins <= 3 * static_cast<int>(kMany));
}
