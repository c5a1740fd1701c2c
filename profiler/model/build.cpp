#include <algorithm>
#include <cstdio>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "profiler/model/profile.h"
#include "profiler/model/shares.h"
#include "profiler/model/sums.h"
#include "profiler/model/timed.h"
#include "profiler/model/tree.h"

namespace ml::profiler::model {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Every function's edges, as index ranges: those of `f` are order[first[f]] to order[first[f + 1]].
struct Groups {
  std::vector<std::uint32_t> first, order;
  std::span<const std::uint32_t> of(std::uint32_t f) const {
    return std::span(order).subspan(first[f], first[f + 1] - first[f]);
  }
};

Groups group(const Places& places, std::size_t functions) {
  Groups g;
  g.first.resize(functions + 1);
  g.order.resize(places.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) ++g.first[places[i][0] + 1];
  for (std::size_t f = 0; f < functions; ++f) g.first[f + 1] += g.first[f];
  std::vector<std::uint32_t> next(g.first.begin(), g.first.end() - 1);
  for (std::uint32_t i = 0; i < places.size(); ++i) g.order[next[places[i][0]]++] = i;
  return g;
}

// The most calls go to the places with the most own time; whoever was seen calling called at least once.
std::vector<std::uint64_t> divide_calls(std::uint64_t calls, const std::vector<std::uint64_t>& weights) {
  const std::size_t n = weights.size();
  if (calls < n) return split(calls, weights);
  std::vector<std::uint64_t> parts = split(calls - n, weights);
  for (std::uint64_t& part : parts) ++part;
  return parts;
}

class Functions {
 public:
  Functions(const Capture& c, const Timed& t, const Sums& s, Profile& p)
      : c_(c),
        t_(t),
        s_(s),
        p_(p),
        lines_(group(s.line_places, t.functions.size())),
        edges_(group(s.edge_places, t.functions.size())) {}

  // In report order.
  void place(const SourceLookup& source) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < t_.functions.size(); ++i) {
      const Sums::Function& f = s_.functions[i];
      const bool seen = !lines_.of(i).empty() || !edges_.of(i).empty();
      if (t_.calls[i] != 0 || f.entries != 0 || seen) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const capture::Function &x = t_.functions[a], &y = t_.functions[b];
      return std::tuple(s_.functions[b].self_ns, std::string_view(x.name), x.first_line, a) <
             std::tuple(s_.functions[a].self_ns, std::string_view(y.name), y.first_line, b);
    });
    places_.assign(t_.functions.size(), kNone);
    for (std::uint32_t i = 0; i < order.size(); ++i) places_[order[i]] = i;
    p_.functions.reserve(order.size());
    for (const std::uint32_t i : order) {
      Profile::Function& f = p_.functions.emplace_back();
      describe(i, f);
      count(i, f);
      lines(i, source, f);
    }
    for (Profile::Node& node : p_.tree) node.function = places_[node.function];
  }

 private:
  void describe(std::uint32_t i, Profile::Function& f) const {
    const capture::Function& from = t_.functions[i];
    const Sums::Function& sum = s_.functions[i];
    f.name = from.name;
    f.file = from.file;
    f.line = from.first_line;
    f.category = from.category;
    f.kind = from.kind;
    f.self_ns = sum.self_ns;
    f.cum_ns = sum.cum_ns;
    f.wait_ns = sum.wait_ns;
    f.samples = sum.samples;
    f.at_peak_bytes = sum.at_peak;
    f.own_peak_bytes = sum.own_peak;
    f.end_bytes = sum.live;
    f.alloc_bytes = sum.bytes;
    f.alloc_count = sum.count;
  }

  void count(std::uint32_t i, Profile::Function& f) const {
    const Sums::Function& sum = s_.functions[i];
    const auto edges = edges_.of(i);
    const bool entries_known = c_.header.mode == Mode::exact && sum.entries != 0;
    const bool phase = f.kind == FunctionKind::phase;
    f.calls = t_.calls[i];
    f.calls_exact =
        phase || (c_.header.counting != Counting::none && (f.kind == FunctionKind::ml || f.calls != 0));
    if (f.calls == 0 && entries_known) {
      f.calls = sum.entries;
      f.calls_exact = true;
    }
    // Nobody counted what was seen running: it was called once from each of these places at least. Where
    // nothing counts the program's own functions, that would look like a number of calls and be none.
    const bool counts = c_.header.counting != Counting::none || f.kind != FunctionKind::ml;
    if (counts && f.calls < edges.size() && (!f.calls_exact || f.calls == 0)) {
      f.calls = edges.size();
      f.calls_exact = false;
    }

    f.primitive_calls = f.calls;
    if (sum.recursive && f.calls != 0) {
      const std::uint64_t outer = entries_known ? sum.outer_entries : sum.outer_ns;
      const std::uint64_t all = entries_known ? sum.entries : sum.self_ns;
      f.primitive_calls = split(f.calls, std::vector<std::uint64_t>{outer, all - outer})[0];
      if (all == 0) f.primitive_calls = 1;
      f.primitive_calls = std::max<std::uint64_t>(1, f.primitive_calls);
    }

    std::vector<std::uint64_t> weights;
    std::uint64_t entered = 0;
    for (const std::uint32_t e : edges) {
      Profile::Caller& caller = f.callers.emplace_back(s_.edges[e].caller);
      if (caller.function != kNone) caller.function = places_[caller.function];
      weights.push_back(entries_known ? s_.edges[e].entries : caller.self_ns);
      entered += s_.edges[e].entries;
    }
    std::uint64_t divided = f.calls, unseen = 0;
    if (entries_known && entered <= f.calls) {
      for (std::size_t k = 0; k < weights.size(); ++k) f.callers[k].calls = weights[k];
      unseen = f.calls - entered;
    } else if (f.callers.empty()) {
      unseen = f.calls;
    } else {
      const std::vector<std::uint64_t> parts = divide_calls(divided, weights);
      for (std::size_t k = 0; k < parts.size(); ++k) f.callers[k].calls = parts[k];
    }
    if (unseen != 0) {
      auto outside = std::find_if(f.callers.begin(), f.callers.end(),
                                  [](const auto& e) { return e.function == kNone && e.line == 0; });
      if (outside == f.callers.end()) outside = f.callers.insert(outside, Profile::Caller{});
      outside->calls += unseen;
    }
    std::sort(f.callers.begin(), f.callers.end(), [](const Profile::Caller& a, const Profile::Caller& b) {
      return std::tuple(b.self_ns, b.cum_ns, a.function, a.line) <
             std::tuple(a.self_ns, a.cum_ns, b.function, b.line);
    });
  }

  void lines(std::uint32_t i, const SourceLookup& source, Profile::Function& f) const {
    for (const std::uint32_t l : lines_.of(i)) f.lines.push_back(s_.lines[l]);
    std::sort(f.lines.begin(), f.lines.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    if (!source || f.file == kNone) return;
    for (Profile::Line& line : f.lines)
      if (line.line != 0) line.source = source(c_.files[f.file].path, line.line);
  }

  const Capture& c_;
  const Timed& t_;
  const Sums& s_;
  Profile& p_;
  Groups lines_, edges_;
  std::vector<std::uint32_t> places_;
};

void place_files(const Capture& c, Profile& p) {
  std::vector<Profile::File> files(c.files.size());
  std::vector<bool> used(c.files.size());
  for (Profile::File& file : files) file.ml = false;
  for (const Profile::Function& f : p.functions) {
    if (f.file == kNone) continue;
    used[f.file] = true;
    if (f.category != Category::ml_code) continue;
    files[f.file].ml = true;
    files[f.file].self_ns += f.self_ns;
    files[f.file].calls += f.calls;
    files[f.file].at_peak_bytes += f.at_peak_bytes;
  }
  std::vector<std::uint32_t> order;
  std::unordered_map<std::string_view, int> names;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    files[i].path = c.files[i].path;
    if (!used[i]) continue;
    order.push_back(i);
    ++names[base_name(c.files[i].path)];
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto key = [&](std::uint32_t i) { return std::tuple(!files[i].ml, ~files[i].self_ns); };
    if (key(a) != key(b)) return key(a) < key(b);
    return files[a].path != files[b].path ? files[a].path < files[b].path : a < b;
  });
  std::vector<std::uint32_t> place(files.size(), kNone);
  for (const std::uint32_t i : order) {
    place[i] = static_cast<std::uint32_t>(p.files.size());
    const std::string_view base = base_name(c.files[i].path);
    files[i].name = names[base] == 1 ? std::string(base) : files[i].path;
    p.files.push_back(std::move(files[i]));
  }
  for (Profile::Function& f : p.functions)
    if (f.file != kNone) f.file = place[f.file];
}

std::string python_version(std::uint32_t hex) {
  if (hex == 0) return {};
  return std::to_string(hex >> 24) + '.' + std::to_string(hex >> 16 & 0xff) + '.' +
         std::to_string(hex >> 8 & 0xff);
}

void describe_run(const Capture& c, Profile& p) {
  p.run.started_unix_ns = c.header.started_unix_ns;
  p.run.python = python_version(c.header.python);
  if (c.outcome.error.empty()) return;
  Profile::Error error;
  const std::size_t colon = c.outcome.error.find(": ");
  error.type = c.outcome.error.substr(0, colon);
  if (colon != std::string::npos) error.message = c.outcome.error.substr(colon + 2);
  error.file = c.outcome.file;
  error.line = c.outcome.line;
  error.column = c.outcome.column;
  p.run.error = std::move(error);
}

Profile::Collection collection_of(const Capture& c, const Timed& t, std::uint64_t samples) {
  const bool exact = c.header.mode == Mode::exact;
  const capture::MemoryTotals& memory = c.memory_totals;
  Profile::Collection to;
  to.mode = c.header.mode;
  to.interval_ns = exact || samples == 0 ? 0 : t.running_ns / samples;
  to.lost_samples = c.sampler.lost + c.sampler.faults;
  to.time = exact ? How::exact : How::sampled;
  to.calls = c.header.counting != Counting::none ? How::exact : How::off;
  if (memory.level != MemoryLevel::off) to.memory = memory.period == 0 ? How::exact : How::sampled;
  to.memory_period_bytes = memory.period;
  to.lines = !c.hits.empty();
  to.complete = c.complete;
  return to;
}

}  // namespace

Profile build(const Capture& c, const SourceLookup& source) {
  Timed t = give_times(c);
  Sums s = add_up(t);
  add_memory(c, s);
  add_hits(c, s);

  Profile p;
  p.counting = c.header.counting;
  p.complete = c.complete;
  p.outcome = c.outcome;
  p.phases = c.phases;
  describe_run(c, p);
  p.tree = std::move(t.tree);
  for (const Profile::Node& n : p.tree) p.samples += n.samples;
  p.collection = collection_of(c, t, p.samples);
  p.timeline = std::move(t.timeline);
  if (!c.memory.empty())
    if (const auto moved = spread_allocations(s, p.tree); !moved.empty())
      for (Profile::Moment& m : p.timeline) m.node = moved[m.node];
  Functions(c, t, s, p).place(source);
  place_files(c, p);
  if (!fits(p.tree)) fold(p);

  p.threads = static_cast<std::uint32_t>(std::max<std::size_t>(1, c.threads.size()));
  p.cpu_ns = c.cpu_ns;
  for (std::size_t i = 1; i < c.threads.size(); ++i) p.cpu_ns += c.threads[i].cpu_ns;
  for (const Profile::Function& f : p.functions) {
    p.category_ns[static_cast<std::size_t>(f.category)] += f.self_ns;
    p.category_bytes[static_cast<std::size_t>(f.category)] += f.at_peak_bytes;
    p.peak_bytes += f.at_peak_bytes;
    p.end_bytes += f.end_bytes;
    p.alloc_bytes += f.alloc_bytes;
    p.alloc_count += f.alloc_count;
  }
  for (const std::uint64_t ns : p.category_ns) p.total_ns += ns;
  p.elapsed_ns = std::min(c.wall_ns, t.running_ns) + t.phases_ns;
  return p;
}

}  // namespace ml::profiler::model
