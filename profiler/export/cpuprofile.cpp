#include <boost/json.hpp>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"
#include "profiler/model/shares.h"

namespace ml::profiler::exports {

// Chrome DevTools Protocol, Profiler.Profile: lines and columns from 0, times in microseconds.
std::string cpuprofile(const Profile& profile) {
  namespace json = boost::json;
  constexpr std::uint32_t kRoot = 1;  // ids of the others: node + 2
  const Stacks stacks(profile);
  const auto ids = [](const std::vector<std::uint32_t>& nodes) {
    json::array list;
    for (const std::uint32_t n : nodes) list.push_back(n + kRoot + 1);
    return list;
  };
  json::array nodes{json::object{{"id", kRoot},
                                 {"callFrame",
                                  {{"functionName", "(root)"},
                                   {"scriptId", "0"},
                                   {"url", ""},
                                   {"lineNumber", -1},
                                   {"columnNumber", -1}}},
                                 {"hitCount", 0},
                                 {"children", ids(stacks.roots)}}};
  json::array samples;
  std::vector<std::uint64_t> weights;
  for (std::uint32_t i = 0; i < stacks.nodes.size(); ++i) {
    const Stacks::Node& node = stacks.nodes[i];
    const Profile::Function& f = profile.functions[node.function];
    nodes.push_back(json::object{{"id", i + kRoot + 1},
                                 {"callFrame",
                                  {{"functionName", f.name},
                                   {"scriptId", std::to_string(f.file == kNone ? 0 : f.file + 1)},
                                   {"url", file_of(profile, f)},
                                   {"lineNumber", f.line == 0 ? -1 : static_cast<std::int64_t>(f.line) - 1},
                                   {"columnNumber", 0}}},
                                 {"hitCount", node.samples},
                                 {"children", ids(stacks.children[i])}});
    if (node.self_ns == 0) continue;
    samples.push_back(i + kRoot + 1);
    weights.push_back(node.self_ns);
  }
  const std::uint64_t start = profile.run.started_unix_ns / 1000, total = (profile.total_ns + 500) / 1000;
  json::array deltas;
  for (const std::uint64_t us : split(total, weights)) deltas.push_back(us);
  const json::object file{{"nodes", std::move(nodes)},
                          {"startTime", start},
                          {"endTime", start + total},
                          {"samples", std::move(samples)},
                          {"timeDeltas", std::move(deltas)}};
  return json::serialize(file) + "\n";
}

}  // namespace ml::profiler::exports
