#include "profiler/model/timed.h"

#include <algorithm>
#include <unordered_map>

#include "profiler/model/places.h"
#include "profiler/model/shares.h"
#include "profiler/model/tree.h"

namespace ml::profiler::model {
namespace {

// Adds to a sum that stays far below 2^64 whatever a capture says; gives what was added.
std::uint64_t add(std::uint64_t& sum, std::uint64_t ns) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 58;  // nine years
  const std::uint64_t part = std::min(ns, kLongest - sum);
  sum += part;
  return part;
}

struct NodeTimes {
  std::vector<std::uint64_t> self, wait;
  std::uint64_t unexplained = 0;
};

NodeTimes node_times(const Capture& c, std::uint64_t wall) {
  NodeTimes t;
  std::vector<std::uint64_t> running, waiting;
  std::uint64_t cpu = 0, wait = 0;
  for (const capture::Node& n : c.nodes) {
    running.push_back(add(cpu, n.cpu_ns));
    waiting.push_back(add(wait, n.wait_ns));
  }
  const bool as_measured = c.header.mode == Mode::exact && cpu + wait <= wall;
  std::uint64_t waited = std::min(wait, wall);
  if (as_measured) {
    t.unexplained = wall - cpu - wait;
  } else if (cpu + wait == 0) {
    t.unexplained = wall;
  } else {
    if (cpu == 0) waited = wall;
    if (waited != wait) waiting = split(waited, waiting);
    if (cpu != 0) running = split(wall - waited, running);
  }
  t.self = std::move(running);
  t.wait = std::move(waiting);
  for (std::size_t i = 0; i < t.self.size(); ++i) t.self[i] += t.wait[i];
  return t;
}

// The function whose code runs when nothing was sampled: the program's top level if it ran.
std::uint32_t main_function(const Timed& t) {
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < t.functions.size(); ++i) {
    if (t.functions[i].category != Category::ml_code || t.calls[i] == 0) continue;
    if (t.functions[i].name == "(top level)") return i;
    if (best == kNone) best = i;
  }
  return best;
}

class Builder {
 public:
  explicit Builder(const Capture& c) : places_(c.nodes.size() + c.phases.size() + 1) {
    t_.functions = c.functions;
    t_.calls = c.calls;
    // ML code lies in files: files add up to it.
    for (capture::Function& f : t_.functions)
      if (f.category == Category::ml_code && f.file == kNone) f.category = Category::runtime_overhead;
    add(t_.running_ns, c.wall_ns);
    for (std::size_t i = 1; i < c.threads.size(); ++i) add(t_.running_ns, c.threads[i].wall_ns);
  }

  void phases(const std::vector<capture::Phase>& phases) {
    for (const capture::Phase& phase : phases) {
      const std::uint32_t f = phase_function(phase.step, phase.category);
      ++t_.calls[f];
      const std::uint32_t at = node(kNone, f, 0);
      const std::uint64_t ns = add(t_.phases_ns, phase.ns);
      t_.tree[at].self_ns += ns;
      const bool after = phase.step == "collect_result";
      (after ? after_ : before_).push_back({0, ns, at, 0});
    }
  }

  void nodes(const Capture& c) {
    const NodeTimes times = node_times(c, t_.running_ns);
    const std::uint32_t unseen = unseen_main(c);
    std::vector<std::uint32_t> at(c.nodes.size());
    for (std::size_t i = 0; i < c.nodes.size(); ++i) {
      const capture::Node& from = c.nodes[i];
      if (unseen != kNone && from.parent == kNone && starts(from))
        at[i] = node(kNone, unseen, t_.functions[unseen].first_line);
      else
        at[i] = node(from.parent == kNone ? kNone : at[from.parent], from.function, from.line);
      t_.tree[at[i]].self_ns += times.self[i];
      t_.tree[at[i]].samples += from.ticks;
      t_.wait_ns[at[i]] += times.wait[i];
      t_.entries[at[i]] += from.entries;
    }
    if (!c.timeline.empty()) lay_out(c, at);
    if (times.unexplained == 0) return;
    std::uint32_t f = main_function(t_), to = kNone, line = 0;
    if (f == kNone) {
      f = phase_function("start_program", Category::sandbox_startup);
      t_.calls[f] = 1;
    } else {
      line = t_.functions[f].first_line;
      const auto root = std::find_if(t_.tree.begin(), t_.tree.end(),
                                     [&](const auto& n) { return n.function == f && n.parent == kNone; });
      if (root != t_.tree.end()) to = static_cast<std::uint32_t>(root - t_.tree.begin());
    }
    if (to == kNone) to = node(kNone, f, line);
    t_.tree[to].self_ns += times.unexplained;
  }

  Timed finish() && {
    const std::vector<std::uint32_t> order = depth_first(t_.tree);
    const std::vector<std::uint32_t> place = arrange(t_.tree, order);
    for (Profile::Moment& m : t_.timeline) m.node = place[m.node];
    std::vector<std::uint64_t> wait, entries;
    wait.reserve(order.size());
    entries.reserve(order.size());
    for (const std::uint32_t i : order) {
      wait.push_back(t_.wait_ns[i]);
      entries.push_back(t_.entries[i]);
    }
    t_.wait_ns = std::move(wait);
    t_.entries = std::move(entries);
    return std::move(t_);
  }

 private:
  // Phases one after the other, the program between them; of a thread's moments none begins before the last
  // ends.
  void lay_out(const Capture& c, const std::vector<std::uint32_t>& at) {
    std::uint64_t now = 0;
    const auto put = [&](std::vector<Profile::Moment>& phases) {
      for (Profile::Moment& m : phases) {
        m.at_ns = now;
        now += m.dur_ns;
        t_.timeline.push_back(m);
      }
    };
    put(before_);
    std::vector<Profile::Moment> moments;
    for (const capture::Moment& m : c.timeline) {
      const std::uint64_t dur = std::min(m.dur_ns, c.wall_ns), from = std::min(m.at_ns, c.wall_ns);
      moments.push_back({now + from, std::min(dur, c.wall_ns - from), at[m.node], m.thread});
    }
    std::stable_sort(moments.begin(), moments.end(), [](const auto& a, const auto& b) {
      return a.at_ns + a.dur_ns < b.at_ns + b.dur_ns;  // by when they were taken
    });
    std::unordered_map<std::uint32_t, std::uint64_t> ends;  // by thread
    for (Profile::Moment& m : moments) {
      std::uint64_t& end = ends[m.thread];
      const std::uint64_t until = m.at_ns + m.dur_ns;
      m.at_ns = std::max(m.at_ns, end);
      if (until <= m.at_ns || t_.timeline.size() >= kMaxMoments) continue;
      m.dur_ns = until - m.at_ns;
      end = until;
      t_.timeline.push_back(m);
    }
    now += c.wall_ns;
    put(after_);
    std::stable_sort(t_.timeline.begin(), t_.timeline.end(),
                     [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
  }

  std::uint32_t node(std::uint32_t parent, std::uint32_t function, std::uint32_t line) {
    const std::uint32_t id = places_.id({parent, function, line});
    if (id == t_.tree.size()) {
      t_.tree.push_back({parent, function, line, 0, 0, 0});
      t_.wait_ns.push_back(0);
      t_.entries.push_back(0);
    }
    return id;
  }

  // The samples around the program, before its first frame and after its last.
  bool starts(const capture::Node& n) const {
    return t_.functions[n.function].category == Category::sandbox_startup;
  }

  // The program's top level if it ran and no sample met any of its code: it was over between two of them.
  std::uint32_t unseen_main(const Capture& c) const {
    for (const capture::Node& n : c.nodes)
      if (t_.functions[n.function].category == Category::ml_code) return kNone;
    return main_function(t_);
  }

  std::uint32_t phase_function(const std::string& step, Category category) {
    if (category == Category::ml_code) category = Category::sandbox_startup;
    if (!phases_known_) {
      phases_known_ = true;
      for (std::uint32_t i = 0; i < t_.functions.size(); ++i)
        if (const capture::Function& f = t_.functions[i]; f.kind == FunctionKind::phase)
          phases_.try_emplace(key(f.name, f.category), i);
    }
    const auto [at, fresh] =
        phases_.try_emplace(key(step, category), static_cast<std::uint32_t>(t_.functions.size()));
    if (fresh) {
      t_.functions.push_back({kNone, 0, category, FunctionKind::phase, step});
      t_.calls.push_back(0);
    }
    return at->second;
  }

  static std::string key(const std::string& step, Category category) {
    return static_cast<char>('0' + static_cast<int>(category)) + step;
  }

  static constexpr std::size_t kMaxMoments = 100'000;  // of a file; the rest of a long run is left out

  Timed t_;
  Places places_;
  std::vector<Profile::Moment> before_, after_;  // phases
  std::unordered_map<std::string, std::uint32_t> phases_;
  bool phases_known_ = false;
};

}  // namespace

Timed give_times(const Capture& c) {
  Builder builder(c);
  builder.phases(c.phases);
  builder.nodes(c);
  return std::move(builder).finish();
}

}  // namespace ml::profiler::model
