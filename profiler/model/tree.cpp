#include "profiler/model/tree.h"

#include <algorithm>
#include <unordered_map>

namespace ml::profiler::model {

using Tree = std::vector<Profile::Node>;

std::vector<std::uint32_t> depth_first(const Tree& tree) {
  const auto n = static_cast<std::uint32_t>(tree.size());
  std::vector<std::uint32_t> first(n, kNone), next(n, kNone), order, walk;
  order.reserve(n);
  for (std::uint32_t i = n; i-- > 0;) {
    if (tree[i].parent == kNone) continue;
    next[i] = first[tree[i].parent];
    first[tree[i].parent] = i;
  }
  for (std::uint32_t root = 0; root < n; ++root) {
    if (tree[root].parent != kNone) continue;
    for (std::uint32_t at = root; at != kNone;) {
      order.push_back(at);
      if (next[at] != kNone) walk.push_back(next[at]);
      if (first[at] != kNone) {
        at = first[at];
      } else if (walk.empty()) {
        at = kNone;
      } else {
        at = walk.back();
        walk.pop_back();
      }
    }
  }
  return order;
}

void arrange(Tree& tree, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  Tree arranged;
  arranged.reserve(order.size());
  for (const std::uint32_t i : order) {
    Profile::Node& node = arranged.emplace_back(tree[i]);
    if (node.parent != kNone) node.parent = place[node.parent];
  }
  tree = std::move(arranged);
}

std::vector<bool> stack_ends(const Tree& tree) {
  std::vector<bool> ends(tree.size(), true);
  for (const Profile::Node& node : tree)
    if (node.parent != kNone) ends[node.parent] = false;
  for (std::size_t i = 0; i < tree.size(); ++i)
    ends[i] = ends[i] || tree[i].self_ns != 0 || tree[i].samples != 0 || tree[i].alloc_bytes != 0;
  return ends;
}

namespace {

std::vector<std::uint32_t> depths(const Tree& tree) {
  std::vector<std::uint32_t> depth(tree.size(), 1);
  for (std::size_t i = 0; i < tree.size(); ++i)
    if (tree[i].parent != kNone) depth[i] = depth[tree[i].parent] + 1;
  return depth;
}

}  // namespace

bool fits(const Tree& tree) {
  const std::vector<bool> ends = stack_ends(tree);
  const std::vector<std::uint32_t> depth = depths(tree);
  std::size_t stacks = 0, frames = 0;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (!ends[i]) continue;
    ++stacks;
    frames += depth[i];
  }
  return stacks <= kMaxStacks && frames <= kMaxFrames;
}

void fold(Profile& p) {
  const Tree& tree = p.tree;
  const std::vector<bool> ends = stack_ends(tree);
  const std::vector<std::uint32_t> depth = depths(tree);
  std::vector<std::uint32_t> by_weight;
  for (std::uint32_t i = 0; i < tree.size(); ++i)
    if (ends[i]) by_weight.push_back(i);
  std::stable_sort(by_weight.begin(), by_weight.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (tree[a].self_ns != tree[b].self_ns) return tree[a].self_ns > tree[b].self_ns;
    return tree[a].alloc_bytes > tree[b].alloc_bytes;
  });
  // Folded stacks are one per place, so they need room of their own.
  std::vector<bool> chosen(tree.size()), needed(tree.size());
  std::size_t stacks = 0, frames = 0;
  for (const std::uint32_t i : by_weight) {
    if (stacks + 1 > kMaxStacks * 3 / 4 || frames + depth[i] > kMaxFrames * 3 / 4) continue;
    ++stacks;
    frames += depth[i];
    chosen[i] = true;
    for (std::uint32_t at = i; at != kNone && !needed[at]; at = tree[at].parent) needed[at] = true;
  }

  Tree folded;
  std::vector<std::uint32_t> place(tree.size(), kNone);
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = static_cast<std::uint32_t>(folded.size());
    Profile::Node& node = folded.emplace_back(tree[i]);
    if (node.parent != kNone) node.parent = place[node.parent];
    if (!chosen[i]) node.self_ns = node.samples = node.alloc_bytes = 0;
  }
  std::uint32_t root = kNone;
  std::uint64_t weight = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> others;  // by place
  for (const std::uint32_t i : by_weight) {
    if (chosen[i]) continue;
    if (root == kNone) {
      root = static_cast<std::uint32_t>(folded.size());
      folded.push_back({.parent = kNone, .function = static_cast<std::uint32_t>(p.functions.size())});
    }
    const std::uint64_t key = std::uint64_t{tree[i].function} << 32 | tree[i].line;
    const auto [at, fresh] = others.try_emplace(key, static_cast<std::uint32_t>(folded.size()));
    if (fresh) folded.push_back({.parent = root, .function = tree[i].function, .line = tree[i].line});
    Profile::Node& to = folded[at->second];
    to.self_ns += tree[i].self_ns;
    to.samples += tree[i].samples;
    to.alloc_bytes += tree[i].alloc_bytes;
    weight += tree[i].self_ns;
  }
  p.tree = std::move(folded);
  arrange(p.tree, depth_first(p.tree));
  if (root == kNone) return;
  Profile::Function other;
  other.name = "(other)";
  other.kind = FunctionKind::library;
  other.category = Category::python_stdlib;
  other.cum_ns = weight;
  p.functions.push_back(std::move(other));
}

}  // namespace ml::profiler::model
