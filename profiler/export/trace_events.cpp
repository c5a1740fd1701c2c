#include <boost/json.hpp>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

namespace json = boost::json;

// The format counts in microseconds; three decimals keep the nanoseconds.
double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

json::object named(std::string_view what, std::string_view name) {
  return {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", name}}}};
}

}  // namespace

std::string trace_events(const Profile& profile) {
  const Stacks stacks(profile);
  json::array events{named("process_name", profile.run.program), named("thread_name", "main")};
  struct Open {
    std::uint32_t node;
    std::uint64_t at_ns;
  };
  // Stacks say how long, not when: they are laid side by side, what a function called before its own time.
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
    const Profile::Function& f = profile.functions[node.function];
    events.push_back(json::object{{"name", frame_name(profile, f)},
                                  {"cat", kCategoryIds[static_cast<std::size_t>(f.category)]},
                                  {"ph", "X"},
                                  {"ts", microseconds(now.at_ns)},
                                  {"dur", microseconds(node.below_ns)},
                                  {"pid", 1},
                                  {"tid", 1},
                                  {"args", {{"file", file_of(profile, f)}, {"line", f.line}}}});
    std::uint64_t at = now.at_ns;
    for (const std::uint32_t child : stacks.children[now.node]) {
      open.push_back({child, at});
      at += stacks.nodes[child].below_ns;
    }
  }
  const json::object file{{"traceEvents", std::move(events)},
                          {"displayTimeUnit", "ms"},
                          {"otherData",
                           {{"program", profile.run.program},
                            {"run", profile.run.id},
                            {"exporter", "mlpy@" + profile.run.mlpy},
                            {"reconstructed", true}}}};
  return json::serialize(file) + "\n";
}

}  // namespace ml::profiler::exports
