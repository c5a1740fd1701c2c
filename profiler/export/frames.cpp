#include "profiler/export/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace ml::profiler::exports {

std::string frame_name(const Profile& profile, const Profile::Function& f) {
  if (f.file == kNone) return f.name;
  const std::string& file = profile.files[f.file].name;
  return f.kind == FunctionKind::ml ? fmt::format("{} ({}:{})", f.name, file, f.line)
                                    : fmt::format("{} ({})", f.name, file);
}

std::string_view file_of(const Profile& profile, const Profile::Function& f) {
  if (f.file != kNone) return profile.files[f.file].path;
  return f.kind == FunctionKind::import ? "<import>" : "<mlpy>";
}

Stacks::Stacks(const Profile& profile) {
  std::unordered_map<std::uint64_t, std::uint32_t> known;  // parent, function -> node
  std::vector<std::uint32_t> place(profile.tree.size());
  for (std::size_t i = 0; i < profile.tree.size(); ++i) {
    const Profile::Node& from = profile.tree[i];
    const std::uint32_t parent = from.parent == kNone ? kNone : place[from.parent];
    const auto [at, fresh] = known.try_emplace(std::uint64_t{parent} << 32 | from.function,
                                               static_cast<std::uint32_t>(nodes.size()));
    if (fresh) nodes.push_back({parent, from.function});
    place[i] = at->second;
    Node& node = nodes[at->second];
    node.self_ns += from.self_ns;
    node.samples += from.samples;
    node.alloc_bytes += from.alloc_bytes;
  }
  children.resize(nodes.size());
  for (std::size_t i = nodes.size(); i-- > 0;) {
    Node& node = nodes[i];
    node.below_ns += node.self_ns;
    if (node.parent != kNone) nodes[node.parent].below_ns += node.below_ns;
  }
  for (std::uint32_t i = 0; i < nodes.size(); ++i)
    (nodes[i].parent == kNone ? roots : children[nodes[i].parent]).push_back(i);
  const auto by_time = [this](std::uint32_t a, std::uint32_t b) {
    return nodes[a].below_ns > nodes[b].below_ns;
  };
  std::stable_sort(roots.begin(), roots.end(), by_time);
  for (auto& below : children) std::stable_sort(below.begin(), below.end(), by_time);
}

std::vector<std::uint32_t> Stacks::path(std::uint32_t node) const {
  std::vector<std::uint32_t> functions;
  for (; node != kNone; node = nodes[node].parent) functions.push_back(nodes[node].function);
  std::reverse(functions.begin(), functions.end());
  return functions;
}

}  // namespace ml::profiler::exports
