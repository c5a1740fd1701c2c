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

std::vector<std::uint32_t> arrange(Tree& tree, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> place(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  Tree arranged;
  arranged.reserve(order.size());
  for (const std::uint32_t i : order) {
    Profile::Node& node = arranged.emplace_back(tree[i]);
    if (node.parent != kNone) node.parent = place[node.parent];
  }
  tree = std::move(arranged);
  return place;
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

constexpr std::string_view kOther = "(other)";

std::uint64_t place_of(const Profile::Node& node) { return std::uint64_t{node.function} << 32 | node.line; }

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

void fold(Profile& p, std::size_t max_stacks, std::size_t max_frames) {
  const Tree& tree = p.tree;
  const std::vector<bool> ends = stack_ends(tree);
  const std::vector<std::uint32_t> depth = depths(tree);
  // Folded stacks are one per place, so they need room of their own.
  const std::size_t most_stacks = max_stacks * 3 / 4, most_frames = max_frames * 3 / 4;
  struct End {
    std::uint64_t self_ns, alloc_bytes;
    std::uint32_t node;
    bool operator<(const End& b) const {  // heavier ones first
      if (self_ns != b.self_ns) return self_ns > b.self_ns;
      return alloc_bytes != b.alloc_bytes ? alloc_bytes > b.alloc_bytes : node < b.node;
    }
  };
  std::vector<End> by_weight;
  for (std::uint32_t i = 0; i < tree.size(); ++i)
    if (ends[i]) by_weight.push_back({tree[i].self_ns, tree[i].alloc_bytes, i});
  const auto rest = by_weight.begin() + static_cast<std::ptrdiff_t>(std::min(most_stacks, by_weight.size()));
  if (rest != by_weight.end()) std::nth_element(by_weight.begin(), rest, by_weight.end());
  std::sort(by_weight.begin(), rest);
  std::vector<bool> chosen(tree.size()), needed(tree.size());
  std::size_t frames = 0;
  for (auto end = by_weight.begin(); end != rest; ++end) {
    const std::uint32_t i = end->node;
    if (frames + depth[i] > most_frames) continue;
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
  const auto known = std::find_if(p.functions.begin(), p.functions.end(), [](const auto& f) {
    return f.kind == FunctionKind::library && f.name == kOther && f.file == kNone;
  });
  const auto other = static_cast<std::uint32_t>(known - p.functions.begin());
  std::uint32_t root = kNone;
  std::uint64_t weight = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> others;  // by place
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (!ends[i] || chosen[i]) continue;
    if (root == kNone) {
      const auto old = std::find_if(folded.begin(), folded.end(),
                                    [&](const auto& n) { return n.function == other && n.parent == kNone; });
      root = static_cast<std::uint32_t>(old - folded.begin());
      if (old == folded.end()) folded.push_back({.parent = kNone, .function = other});
      for (std::uint32_t k = 0; k < folded.size(); ++k)
        if (folded[k].parent == root) others.try_emplace(place_of(folded[k]), k);
    }
    const auto [at, fresh] = others.try_emplace(place_of(tree[i]), static_cast<std::uint32_t>(folded.size()));
    if (fresh) folded.push_back({.parent = root, .function = tree[i].function, .line = tree[i].line});
    place[i] = at->second;
    Profile::Node& to = folded[at->second];
    to.self_ns += tree[i].self_ns;
    to.samples += tree[i].samples;
    to.alloc_bytes += tree[i].alloc_bytes;
    if (tree[i].parent == kNone || tree[tree[i].parent].function != other) weight += tree[i].self_ns;
  }
  p.tree = std::move(folded);
  const std::vector<std::uint32_t> arranged = arrange(p.tree, depth_first(p.tree));
  std::erase_if(p.timeline, [&](const auto& m) { return place[m.node] == kNone; });
  for (Profile::Moment& m : p.timeline) m.node = arranged[place[m.node]];
  if (root == kNone) return;
  if (other == p.functions.size()) {
    Profile::Function& f = p.functions.emplace_back();
    f.name = kOther;
    f.kind = FunctionKind::library;
    f.category = Category::python_stdlib;
  }
  p.functions[other].cum_ns += weight;
}

}  // namespace ml::profiler::model
