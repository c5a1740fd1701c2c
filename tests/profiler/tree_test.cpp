#include "runtime/native/profiler/tree.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using ml::native::profiler::Place;
using ml::native::profiler::Tree;
using ml::profiler::kNone;

namespace {

std::uint64_t cpu_sum(const Tree& tree) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < tree.size(); ++i) sum += tree[i].cpu_ns;
  return sum;
}

}  // namespace

TEST_CASE("equal stacks meet in one node") {
  Tree tree;
  const std::vector<Place> stack{{3, 30}, {2, 20}, {1, 10}};  // innermost first
  CHECK(tree.add(stack, 5, 0));
  CHECK(tree.add(stack, 7, 2));
  CHECK(tree.add(std::vector<Place>{{3, 31}, {2, 20}, {1, 10}}, 1, 0));
  REQUIRE(tree.size() == 4);
  CHECK(tree[0].parent == kNone);
  CHECK(tree[0].function == 1);
  CHECK(tree[2].parent == 1);
  CHECK(tree[2].cpu_ns == 12);
  CHECK(tree[2].wait_ns == 2);
  CHECK(tree[2].ticks == 2);
  CHECK(tree[3].parent == 1);
  CHECK(tree[3].line == 31);
}

TEST_CASE("a tree that fills up folds recursion and loses no time") {
  Tree tree;
  std::mt19937 random(1);
  std::uint64_t given = 0;
  // Two call lines in a recursive function: every path is new.
  for (int sample = 0; sample < 20'000; ++sample) {
    std::vector<Place> stack{{7, 4}};
    for (int depth = 0; depth < 40; ++depth)
      stack.push_back({7, 5 + static_cast<std::uint32_t>(random() % 2)});
    stack.push_back({1, 1});
    REQUIRE(tree.add(stack, 10, 0));
    given += 10;
  }
  CHECK(tree.size() < Tree::kNodes);
  CHECK(cpu_sum(tree) == given);
  for (std::uint32_t i = 0; i < tree.size(); ++i)
    if (tree[i].parent != kNone) REQUIRE(tree[i].parent < i);
}

TEST_CASE("a full tree keeps innermost places and says when it cannot") {
  Tree tree;
  std::uint64_t kept = 0, lost = 0;
  for (std::uint32_t i = 0; i < 3 * Tree::kNodes; ++i) {
    const bool room = tree.add(std::vector<Place>{{2, i}, {1, 1}}, 1, 0);
    ++(room ? kept : lost);
  }
  CHECK(tree.size() == Tree::kNodes);
  CHECK(kept >= Tree::kNodes - 1);
  CHECK(lost > 0);
  CHECK(cpu_sum(tree) == kept);
}
