#include <algorithm>
#include <map>
#include <tuple>

#include "profiler/model/profile.h"
#include "profiler/model/shares.h"

namespace ml::profiler::model {
namespace {

using capture::Node;

// The run's wall time divided over the nodes: waits as measured, the rest by the weight of the samples taken
// running.
std::vector<std::uint64_t> node_times(const Capture& c) {
  std::vector<std::uint64_t> running, waiting;
  std::uint64_t cpu = 0, wait = 0;
  for (const Node& n : c.nodes) {
    running.push_back(n.cpu_ns);
    waiting.push_back(n.wait_ns);
    cpu += n.cpu_ns;
    wait += n.wait_ns;
  }
  const std::uint64_t waited = cpu == 0 && wait != 0 ? c.wall_ns : std::min(wait, c.wall_ns);
  std::vector<std::uint64_t> times = split(c.wall_ns - waited, running);
  const std::vector<std::uint64_t> waits = split(waited, waiting);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] += waits[i];
  return times;
}

struct Totals {
  std::vector<std::uint64_t> self, cum, wait, samples;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Profile::Line> lines;  // by function, line
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Profile::Caller>
      callers;  // by callee, caller, line
};

// Adds `value` for `key` unless an ancestor on the walk has the same key already.
template <class Key>
class OnStack {
 public:
  bool enter(const Key& key) { return open_[key]++ == 0; }
  void leave(const Key& key) { --open_[key]; }

 private:
  std::map<Key, std::uint32_t> open_;
};

Totals add_up(const Capture& c, const std::vector<std::uint64_t>& times) {
  const std::size_t n = c.nodes.size(), functions = c.functions.size();
  Totals t{std::vector<std::uint64_t>(functions),
           std::vector<std::uint64_t>(functions),
           std::vector<std::uint64_t>(functions),
           std::vector<std::uint64_t>(functions),
           {},
           {}};
  std::vector<std::uint64_t> below = times;
  std::vector<std::vector<std::uint32_t>> children(n);
  std::vector<std::uint32_t> roots;
  for (std::size_t i = n; i-- > 0;) {  // parents come first, so children are done
    const Node& node = c.nodes[i];
    if (node.parent == kNone) {
      roots.push_back(static_cast<std::uint32_t>(i));
      continue;
    }
    children[node.parent].push_back(static_cast<std::uint32_t>(i));
    below[node.parent] += below[i];
  }

  std::vector<std::uint32_t> open(functions);
  OnStack<std::pair<std::uint32_t, std::uint32_t>> lines;
  OnStack<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> edges;
  struct Step {
    std::uint32_t node;
    bool leaving;
  };
  std::vector<Step> walk;
  for (const std::uint32_t root : roots) walk.push_back({root, false});
  while (!walk.empty()) {
    const Step step = walk.back();
    walk.pop_back();
    const Node& node = c.nodes[step.node];
    const std::uint32_t f = node.function;
    const bool nested = node.parent != kNone;
    const std::tuple edge{f, nested ? c.nodes[node.parent].function : kNone,
                          nested ? c.nodes[node.parent].line : 0u};
    const std::pair line{f, node.line};
    if (step.leaving) {
      --open[f];
      lines.leave(line);
      edges.leave(edge);
      continue;
    }
    t.self[f] += times[step.node];
    t.wait[f] += std::min(node.wait_ns, times[step.node]);
    t.samples[f] += node.ticks;
    if (open[f]++ == 0) t.cum[f] += below[step.node];
    Profile::Line& row = t.lines[line];
    row.line = node.line;
    row.self_ns += times[step.node];
    row.samples += node.ticks;
    if (lines.enter(line)) row.cum_ns += below[step.node];
    Profile::Caller& caller = t.callers[edge];
    caller.self_ns += times[step.node];
    caller.samples += node.ticks;
    if (edges.enter(edge)) caller.cum_ns += below[step.node];
    walk.push_back({step.node, true});
    for (const std::uint32_t child : children[step.node]) walk.push_back({child, false});
  }
  return t;
}

// The function whose code runs when nothing was sampled: the program's top level if it ran.
std::uint32_t main_function(const Capture& c) {
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < c.functions.size(); ++i) {
    if (c.functions[i].category != Category::ml_code || c.calls[i] == 0) continue;
    if (c.functions[i].name == "(top level)") return i;
    if (best == kNone) best = i;
  }
  return best;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Gives functions their lines, callers and places in the profile, in report order.
void place_functions(const Capture& c, const Totals& t, const SourceLookup& source, Profile& p) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < c.functions.size(); ++i)
    if (c.calls[i] != 0 || t.self[i] != 0 || t.cum[i] != 0) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const capture::Function &x = c.functions[a], &y = c.functions[b];
    return std::tuple(t.self[b], std::string_view(x.name), x.first_line, a) <
           std::tuple(t.self[a], std::string_view(y.name), y.first_line, b);
  });
  std::vector<std::uint32_t> place(c.functions.size(), kNone);
  for (const std::uint32_t i : order) {
    place[i] = static_cast<std::uint32_t>(p.functions.size());
    const capture::Function& from = c.functions[i];
    Profile::Function& f = p.functions.emplace_back();
    f.name = from.name;
    f.file = from.file;
    f.line = from.first_line;
    f.category = from.category;
    f.kind = from.kind;
    f.calls = c.calls[i];
    f.calls_exact = c.header.counting != Counting::none;
    f.self_ns = t.self[i];
    f.cum_ns = t.cum[i];
    f.wait_ns = t.wait[i];
    f.samples = t.samples[i];
  }
  for (const auto& [key, row] : t.lines) {
    if (place[key.first] == kNone) continue;
    Profile::Function& f = p.functions[place[key.first]];
    f.lines.push_back(row);
    if (source && f.file != kNone && row.line != 0)
      f.lines.back().source = source(c.files[f.file].path, row.line);
  }
  for (const auto& [key, row] : t.callers) {
    const auto& [callee, caller, line] = key;
    if (place[callee] == kNone) continue;
    Profile::Caller copy = row;
    copy.function = caller == kNone ? kNone : place[caller];
    copy.line = line;
    p.functions[place[callee]].callers.push_back(copy);
  }
  for (Profile::Function& f : p.functions)
    std::stable_sort(f.callers.begin(), f.callers.end(),
                     [](const Profile::Caller& a, const Profile::Caller& b) {
                       return a.self_ns != b.self_ns ? a.self_ns > b.self_ns : a.cum_ns > b.cum_ns;
                     });
}

void place_files(const Capture& c, Profile& p) {
  std::vector<Profile::File> files(c.files.size());
  std::vector<bool> used(c.files.size());
  for (const Profile::Function& f : p.functions) {
    if (f.file == kNone || f.category != Category::ml_code) continue;
    used[f.file] = true;
    files[f.file].self_ns += f.self_ns;
    files[f.file].calls += f.calls;
  }
  std::vector<std::uint32_t> order;
  std::map<std::string_view, int> names;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    files[i].path = c.files[i].path;
    if (!used[i]) continue;
    order.push_back(i);
    ++names[base_name(c.files[i].path)];
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(files[b].self_ns, std::string_view(files[a].path)) <
           std::tuple(files[a].self_ns, std::string_view(files[b].path));
  });
  std::vector<std::uint32_t> place(files.size(), kNone);
  for (const std::uint32_t i : order) {
    place[i] = static_cast<std::uint32_t>(p.files.size());
    const std::string_view base = base_name(c.files[i].path);
    files[i].name = names[base] == 1 ? std::string(base) : files[i].path;
    p.files.push_back(files[i]);
  }
  for (Profile::Function& f : p.functions) f.file = f.file == kNone ? kNone : place[f.file];
}

}  // namespace

Profile build(const Capture& c, const SourceLookup& source) {
  Profile p;
  p.counting = c.header.counting;
  p.complete = c.complete;
  p.outcome = c.outcome;
  p.phases = c.phases;
  for (const Node& n : c.nodes) p.samples += n.ticks;

  const std::vector<std::uint64_t> times = node_times(c);
  Totals t = add_up(c, times);
  std::uint64_t unsampled = c.wall_ns;
  for (const std::uint64_t ns : times) unsampled -= ns;
  if (unsampled != 0) {
    if (const std::uint32_t f = main_function(c); f != kNone) {
      t.self[f] += unsampled;
      t.cum[f] += unsampled;
      Profile::Line& row = t.lines[{f, c.functions[f].first_line}];
      row.line = c.functions[f].first_line;
      row.self_ns += unsampled;
      row.cum_ns += unsampled;
    } else {
      p.category_ns[static_cast<std::size_t>(Category::sandbox_startup)] += unsampled;
    }
  }
  place_functions(c, t, source, p);
  place_files(c, p);
  for (const Profile::Function& f : p.functions)
    p.category_ns[static_cast<std::size_t>(f.category)] += f.self_ns;
  for (const capture::Phase& phase : c.phases)
    p.category_ns[static_cast<std::size_t>(phase.category)] += phase.ns;
  for (const std::uint64_t ns : p.category_ns) p.total_ns += ns;
  return p;
}

}  // namespace ml::profiler::model
