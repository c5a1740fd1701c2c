#include <boost/json.hpp>

#include "profiler/export/frames.h"
#include "profiler/export/timeline.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

namespace json = boost::json;

// The format counts in microseconds; three decimals keep the nanoseconds.
double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

json::object named(std::string_view what, std::string_view name, std::uint32_t thread = 1) {
  return {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", thread}, {"args", {{"name", name}}}};
}

json::object complete(const Profile& profile, std::uint32_t function, std::uint64_t at_ns,
                      std::uint64_t dur_ns, std::uint32_t thread) {
  const Profile::Function& f = profile.functions[function];
  return {{"name", frame_name(profile, f)},
          {"cat", kCategoryIds[static_cast<std::size_t>(f.category)]},
          {"ph", "X"},
          {"ts", microseconds(at_ns)},
          {"dur", microseconds(dur_ns)},
          {"pid", 1},
          {"tid", thread},
          {"args", {{"file", file_of(profile, f)}, {"line", f.line}}}};
}

void add_timeline(const Profile& profile, json::array& events) {
  for (const std::uint32_t thread : threads_of(profile)) {
    if (thread != 0) events.push_back(named("thread_name", "thread " + std::to_string(thread), thread + 1));
    std::vector<Change> open;
    for (const Change& change : changes(profile, thread)) {
      if (change.opens) {
        open.push_back(change);
        continue;
      }
      events.push_back(complete(profile, change.function, open.back().at_ns, change.at_ns - open.back().at_ns,
                                thread + 1));
      open.pop_back();
    }
  }
}

// Stacks say how long, not when: they are laid side by side, what a function called before its own time.
void add_stacks(const Profile& profile, json::array& events) {
  const Stacks stacks(profile);
  struct Open {
    std::uint32_t node;
    std::uint64_t at_ns;
  };
  std::vector<Open> open;
  std::uint64_t next = 0;
  for (const std::uint32_t root : stacks.roots) {
    open.push_back({root, next});
    next += stacks.nodes[root].below_ns;
  }
  while (!open.empty()) {
    const Open now = open.back();
    open.pop_back();
    const Stacks::Node& node = stacks.nodes[now.node];
    events.push_back(complete(profile, node.function, now.at_ns, node.below_ns, 1));
    std::uint64_t at = now.at_ns;
    for (const std::uint32_t child : stacks.children[now.node]) {
      open.push_back({child, at});
      at += stacks.nodes[child].below_ns;
    }
  }
}

}  // namespace

std::string trace_events(const Profile& profile) {
  json::array events{named("process_name", profile.run.program), named("thread_name", "main")};
  const bool timeline = !profile.timeline.empty();
  timeline ? add_timeline(profile, events) : add_stacks(profile, events);
  const json::object file{{"traceEvents", std::move(events)},
                          {"displayTimeUnit", "ms"},
                          {"otherData",
                           {{"program", profile.run.program},
                            {"run", profile.run.id},
                            {"exporter", "mlpy@" + profile.run.mlpy},
                            {"reconstructed", !timeline}}}};
  return json::serialize(file) + "\n";
}

}  // namespace ml::profiler::exports
