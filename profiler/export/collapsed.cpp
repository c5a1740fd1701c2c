#include <algorithm>
#include <map>
#include <vector>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"
#include "profiler/model/shares.h"

namespace ml::profiler::exports {

std::string collapsed(const Profile& profile, Weight weight) {
  const Stacks stacks(profile);
  std::vector<std::string> names(profile.functions.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = frame_name(profile, profile.functions[i]);
    std::replace(names[i].begin(), names[i].end(), ';', ':');
    std::replace(names[i].begin(), names[i].end(), '\n', ' ');
  }
  // Two functions may share a name and a line: their stacks become one line.
  std::map<std::string, std::uint64_t> lines;
  std::uint64_t whole = 0;
  for (std::uint32_t i = 0; i < stacks.nodes.size(); ++i) {
    const Stacks::Node& node = stacks.nodes[i];
    const std::uint64_t own = weight == Weight::time ? node.self_ns : node.alloc_bytes;
    if (own == 0) continue;
    std::string line;
    for (const std::uint32_t f : stacks.path(i)) line.append(line.empty() ? "" : ";").append(names[f]);
    lines[line] += own;
    whole += own;
  }
  std::vector<std::uint64_t> weights;
  for (const auto& [line, own] : lines) weights.push_back(own);
  if (weight == Weight::time) weights = split((whole + 500) / 1000, weights);  // microseconds
  std::string text;
  std::size_t i = 0;
  for (const auto& [line, own] : lines) {
    if (weights[i] != 0) text.append(line).append(" ").append(std::to_string(weights[i])).append("\n");
    ++i;
  }
  return text;
}

}  // namespace ml::profiler::exports
