#include "profiler/model/sums.h"

#include <algorithm>

#include "profiler/model/shares.h"
#include "profiler/model/tree.h"

namespace ml::profiler::model {
namespace {

Profile::Line& line_of(Sums& s, std::uint32_t function, std::uint32_t line) {
  const std::uint32_t id = s.line_places.id({function, line, 0});
  if (id == s.lines.size()) s.lines.emplace_back().line = line;
  return s.lines[id];
}

}  // namespace

Sums add_up(const Timed& t) {
  const std::size_t n = t.tree.size();
  Sums s;
  s.functions.resize(t.functions.size());
  s.node_lines.resize(n);
  std::vector<std::uint32_t> node_edges(n);
  std::vector<std::uint64_t> below(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Profile::Node& node = t.tree[i];
    below[i] = node.self_ns;
    line_of(s, node.function, node.line);
    s.node_lines[i] = s.line_places.id({node.function, node.line, 0});
    const bool nested = node.parent != kNone;
    const std::uint32_t caller = nested ? t.tree[node.parent].function : kNone;
    const std::uint32_t line = nested ? t.tree[node.parent].line : 0;
    node_edges[i] = s.edge_places.id({node.function, caller, line});
    if (node_edges[i] != s.edges.size()) continue;
    s.edges.emplace_back().caller.function = caller;
    s.edges.back().caller.line = line;
  }
  for (std::size_t i = n; i-- > 0;)
    if (t.tree[i].parent != kNone) below[t.tree[i].parent] += below[i];

  // Cumulative times count the outermost of nested equal places only.
  std::vector<std::uint32_t> open(s.functions.size()), open_lines(s.lines.size()), open_edges(s.edges.size());
  std::vector<std::uint32_t> path;
  for (std::uint32_t i = 0; i < n; ++i) {
    const Profile::Node& node = t.tree[i];
    for (; !path.empty() && path.back() != node.parent; path.pop_back()) {
      --open[t.tree[path.back()].function];
      --open_lines[s.node_lines[path.back()]];
      --open_edges[node_edges[path.back()]];
    }
    path.push_back(i);
    Sums::Function& f = s.functions[node.function];
    f.self_ns += node.self_ns;
    f.wait_ns += t.wait_ns[i];
    f.samples += node.samples;
    f.entries += t.entries[i];
    if (open[node.function]++ == 0) {
      f.cum_ns += below[i];
      f.outer_ns += node.self_ns;
      f.outer_entries += t.entries[i];
    } else {
      f.recursive = true;
    }
    Profile::Line& line = s.lines[s.node_lines[i]];
    line.self_ns += node.self_ns;
    line.samples += node.samples;
    if (open_lines[s.node_lines[i]]++ == 0) line.cum_ns += below[i];
    Sums::Edge& edge = s.edges[node_edges[i]];
    edge.caller.self_ns += node.self_ns;
    edge.caller.samples += node.samples;
    edge.entries += t.entries[i];
    if (open_edges[node_edges[i]]++ == 0) edge.caller.cum_ns += below[i];
  }
  return s;
}

void add_memory(const Capture& c, Sums& s) {
  std::uint64_t at_peak = 0, live = 0;
  for (const capture::Allocations& a : c.memory) {
    at_peak += a.at_peak;
    live += a.live;
  }
  const bool ended_highest = live > at_peak;
  for (const capture::Allocations& a : c.memory) {
    const std::uint64_t held = ended_highest ? a.live : a.at_peak;
    Profile::Line& line = line_of(s, a.function, a.line);
    line.at_peak_bytes += held;
    line.alloc_bytes += a.bytes;
    Sums::Function& f = s.functions[a.function];
    f.at_peak += held;
    f.live += a.live;
    f.bytes += a.bytes;
    f.count += a.count;
    // All rows of a function tell the same peak; the parts below are other estimates.
    f.own_peak = std::max({f.own_peak, a.own_peak, f.at_peak, f.live});
  }
}

void add_hits(const Capture& c, Sums& s) {
  for (const capture::Hits& h : c.hits) {
    Profile::Line& line = line_of(s, h.function, h.line);
    line.hits = line.hits.value_or(0) + h.hits;
  }
}

std::vector<std::uint32_t> spread_allocations(const Sums& s, std::vector<Profile::Node>& tree) {
  const std::size_t rows = s.lines.size(), n = tree.size();
  std::vector<std::uint32_t> first(rows + 1), heaviest(s.functions.size(), kNone);
  for (std::uint32_t i = 0; i < n; ++i) {
    ++first[s.node_lines[i] + 1];
    std::uint32_t& best = heaviest[tree[i].function];
    if (best == kNone || tree[i].self_ns > tree[best].self_ns) best = i;
  }
  for (std::size_t r = 0; r < rows; ++r) first[r + 1] += first[r];
  std::vector<std::uint32_t> nodes(n), next(first.begin(), first.end());
  for (std::uint32_t i = 0; i < n; ++i) nodes[next[s.node_lines[i]]++] = i;

  std::vector<std::uint64_t> weights;
  for (std::uint32_t r = 0; r < rows; ++r) {
    const std::uint64_t bytes = s.lines[r].alloc_bytes;
    if (bytes == 0) continue;
    if (first[r] == first[r + 1]) {
      const std::uint32_t function = s.line_places[r][0], beside = heaviest[function];
      const std::uint32_t parent = beside == kNone ? kNone : tree[beside].parent;
      tree.push_back({parent, function, s.lines[r].line, 0, 0, bytes});
      continue;
    }
    weights.clear();
    for (std::uint32_t k = first[r]; k < first[r + 1]; ++k) weights.push_back(tree[nodes[k]].self_ns);
    const std::vector<std::uint64_t> parts = split(bytes, weights);
    for (std::uint32_t k = first[r]; k < first[r + 1]; ++k) tree[nodes[k]].alloc_bytes = parts[k - first[r]];
  }
  return tree.size() == n ? std::vector<std::uint32_t>() : arrange(tree, depth_first(tree));
}

}  // namespace ml::profiler::model
