#include "profiler/store/fill.h"

#include <algorithm>

#include "profiler/model/shares.h"

namespace ml::profiler::store {
namespace {

void tree_of_functions(Profile& p) {
  for (std::uint32_t i = 0; i < p.functions.size(); ++i) {
    const Profile::Function& f = p.functions[i];
    if (f.self_ns == 0) continue;
    std::uint64_t left = f.self_ns;
    for (const Profile::Line& line : f.lines) {
      if (line.self_ns == 0 || left == 0) continue;
      const std::uint64_t ns = std::min(left, line.self_ns);
      p.tree.push_back({kNone, i, line.line, ns, line.samples, line.alloc_bytes});
      left -= ns;
    }
    if (left != 0) p.tree.push_back({kNone, i, f.line, left, 0, 0});
  }
}

// Each function's own time over the stacks that end in it, by their samples.
void weigh_stacks(Profile& p) {
  std::vector<std::vector<std::uint32_t>> ends(p.functions.size());
  std::vector<bool> inner(p.tree.size());
  for (const Profile::Node& node : p.tree)
    if (node.parent != kNone) inner[node.parent] = true;
  for (std::uint32_t i = 0; i < p.tree.size(); ++i)
    if (!inner[i] || p.tree[i].samples != 0) ends[p.tree[i].function].push_back(i);
  for (std::size_t f = 0; f < ends.size(); ++f) {
    std::vector<std::uint64_t> weights;
    for (const std::uint32_t i : ends[f]) weights.push_back(p.tree[i].samples);
    const std::vector<std::uint64_t> parts = split(p.functions[f].self_ns, weights);
    for (std::size_t k = 0; k < parts.size(); ++k) p.tree[ends[f][k]].self_ns = parts[k];
  }
}

}  // namespace

void fill(Profile& p, const Given& given) {
  if (p.tree.empty()) {
    tree_of_functions(p);
  } else if (!given.stack_times) {
    weigh_stacks(p);
  }
  if (!given.samples) {
    for (const Profile::Node& node : p.tree) p.functions[node.function].samples += node.samples;
    std::vector<std::uint64_t> weights;
    std::uint64_t seen = 0;
    for (const Profile::Function& f : p.functions) {
      weights.push_back(f.kind == FunctionKind::phase ? 0 : f.self_ns);
      seen += f.samples;
    }
    const bool any = std::any_of(weights.begin(), weights.end(), [](std::uint64_t w) { return w != 0; });
    if (seen == 0 && any) {
      const std::vector<std::uint64_t> parts = split(p.samples, weights);
      for (std::size_t i = 0; i < parts.size(); ++i) p.functions[i].samples = parts[i];
    }
  }
  if (!given.edge_times)
    for (Profile::Function& f : p.functions) {
      std::vector<std::uint64_t> weights;
      for (const Profile::Caller& caller : f.callers) weights.push_back(caller.cum_ns);
      const std::vector<std::uint64_t> parts = split(f.self_ns, weights);
      for (std::size_t i = 0; i < parts.size(); ++i) f.callers[i].self_ns = parts[i];
    }
  if (!given.phases)
    for (const Profile::Function& f : p.functions)
      if (f.kind == FunctionKind::phase) p.phases.push_back({f.category, f.self_ns, f.name});
  for (Profile::Function& f : p.functions) {
    f.cum_ns = std::max(f.cum_ns, f.self_ns);
    std::stable_sort(f.lines.begin(), f.lines.end(),
                     [](const Profile::Line& a, const Profile::Line& b) { return a.line < b.line; });
    std::stable_sort(f.callers.begin(), f.callers.end(),
                     [](const Profile::Caller& a, const Profile::Caller& b) {
                       return a.self_ns != b.self_ns ? a.self_ns > b.self_ns : a.cum_ns > b.cum_ns;
                     });
  }
}

}  // namespace ml::profiler::store
