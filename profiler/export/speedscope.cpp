#include <boost/json.hpp>

#include "profiler/export/frames.h"
#include "profiler/export/timeline.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

namespace json = boost::json;

json::object sampled(const Profile& profile, const Stacks& stacks, std::string_view unit,
                     std::uint64_t Stacks::Node::*weight) {
  json::array samples, weights;
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < stacks.nodes.size(); ++i) {
    const std::uint64_t own = stacks.nodes[i].*weight;
    if (own == 0) continue;
    json::array frames;
    for (const std::uint32_t f : stacks.path(i)) frames.push_back(f);
    samples.push_back(std::move(frames));
    weights.push_back(own);
    end += own;
  }
  return {{"type", "sampled"},
          {"name", profile.run.program},
          {"unit", unit},
          {"startValue", 0},
          {"endValue", end},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

json::object evented(const Profile& profile, std::uint32_t thread) {
  json::array events;
  std::uint64_t end = 0;
  for (const Change& change : changes(profile, thread)) {
    events.push_back({{"type", change.opens ? "O" : "C"}, {"frame", change.function}, {"at", change.at_ns}});
    end = change.at_ns;
  }
  return {{"type", "evented"},
          {"name", thread == 0 ? profile.run.program : "thread " + std::to_string(thread)},
          {"unit", "nanoseconds"},
          {"startValue", 0},
          {"endValue", end},
          {"events", std::move(events)}};
}

}  // namespace

std::string speedscope(const Profile& profile) {
  const Stacks stacks(profile);
  json::array frames;
  for (const Profile::Function& f : profile.functions) {
    json::object frame{{"name", f.name}, {"file", file_of(profile, f)}};
    if (f.line != 0) frame["line"] = f.line;
    frames.push_back(std::move(frame));
  }
  json::array profiles;
  for (const std::uint32_t thread : threads_of(profile)) profiles.push_back(evented(profile, thread));
  if (profiles.empty()) profiles.push_back(sampled(profile, stacks, "nanoseconds", &Stacks::Node::self_ns));
  if (profile.has_memory()) profiles.push_back(sampled(profile, stacks, "bytes", &Stacks::Node::alloc_bytes));
  const json::object file{{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                          {"name", profile.run.program},
                          {"activeProfileIndex", 0},
                          {"exporter", "mlpy@" + profile.run.mlpy},
                          {"shared", {{"frames", std::move(frames)}}},
                          {"profiles", std::move(profiles)}};
  return json::serialize(file) + "\n";
}

}  // namespace ml::profiler::exports
