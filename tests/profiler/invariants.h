#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>

#include "profiler/model/profile.h"

namespace ml::profiler::test {

// The invariants of profiler-reports.md 5 with tolerance 0, whatever the collection mode: sums are divided,
// not estimated. I11 is the store's.
inline void keeps_invariants(const Profile& p) {
  const auto holds = [](bool condition, const char* what) {
    if (!condition) FAIL(what);
  };
  const std::size_t n = p.functions.size();
  std::array<std::uint64_t, kCategories> self{}, at_peak{};
  std::vector<std::uint64_t> file_ns(p.files.size()), file_calls(p.files.size()), file_bytes(p.files.size());
  std::vector<std::uint64_t> outgoing(n);
  std::uint64_t peak = 0, end = 0;
  for (const Profile::Function& f : p.functions) {
    const auto c = static_cast<std::size_t>(f.category);
    self[c] += f.self_ns;
    at_peak[c] += f.at_peak_bytes;
    peak += f.at_peak_bytes;
    end += f.end_bytes;
    holds(f.wait_ns <= f.self_ns, "waits are part of self time");
    holds(f.cum_ns >= f.self_ns, "I6");
    holds(f.cum_ns <= p.total_ns, "nothing takes longer than the run");
    holds(f.own_peak_bytes >= f.at_peak_bytes, "I10: own peak");
    holds(f.own_peak_bytes >= f.end_bytes, "own peak and what is live at the end");
    holds(f.primitive_calls <= f.calls, "primitive calls");
    holds((f.primitive_calls == 0) == (f.calls == 0), "a function that was called was called from outside");
    std::uint64_t lines = 0, line_bytes = 0, line_samples = 0, callers = 0, calls = 0, caller_samples = 0;
    std::uint32_t before = 0;
    for (const Profile::Line& line : f.lines) {
      holds(&line == &f.lines.front() || line.line > before, "lines are sorted and differ");
      before = line.line;
      lines += line.self_ns;
      line_bytes += line.at_peak_bytes;
      line_samples += line.samples;
      holds(line.cum_ns >= line.self_ns && line.cum_ns <= f.cum_ns, "line totals");
    }
    holds(lines == f.self_ns, "I5");
    holds(line_bytes == f.at_peak_bytes, "memory at peak of lines");
    holds(line_samples == f.samples, "samples of lines");
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (const Profile::Caller& caller : f.callers) {
      holds(places.emplace(caller.function, caller.line).second, "call edges differ");
      callers += caller.self_ns;
      calls += caller.calls;
      caller_samples += caller.samples;
      holds(caller.cum_ns >= caller.self_ns && caller.cum_ns <= f.cum_ns, "edge totals");
      if (caller.function == kNone) continue;
      holds(caller.function < n, "callers are functions");
      outgoing[caller.function] += caller.cum_ns;
    }
    holds(calls == f.calls, "I7");
    holds(callers == f.self_ns, "own time of call edges");
    holds(caller_samples == f.samples, "samples of call edges");
    if (f.category != Category::ml_code) continue;
    holds(f.file < p.files.size() && p.files[f.file].ml, "ML code lies in ML files");
    file_ns[f.file] += f.self_ns;
    file_calls[f.file] += f.calls;
    file_bytes[f.file] += f.at_peak_bytes;
  }
  holds(std::accumulate(p.category_ns.begin(), p.category_ns.end(), std::uint64_t{0}) == p.total_ns, "I1");
  holds(self == p.category_ns, "I2");
  for (std::size_t i = 0; i < p.files.size(); ++i) {
    holds(file_ns[i] == p.files[i].self_ns, "I3: a file");
    holds(file_calls[i] == p.files[i].calls, "calls of a file");
    holds(file_bytes[i] == p.files[i].at_peak_bytes, "I9: a file");
  }
  holds(std::accumulate(file_ns.begin(), file_ns.end(), std::uint64_t{0}) == p.ml_ns(), "I3");
  holds(p.ml_ns() + p.overhead_ns() + p.of(Category::python_stdlib) == p.total_ns, "I4");
  holds(at_peak == p.category_bytes, "I9: categories");
  holds(peak == p.peak_bytes, "I9");
  holds(end == p.end_bytes && p.peak_bytes >= p.end_bytes, "I10");
  holds(p.elapsed_ns <= p.total_ns, "threads add time");
  if (p.threads == 1) holds(p.elapsed_ns == p.total_ns, "one thread has one time");

  // The tree.
  std::vector<std::uint64_t> leaf(n), samples(n);
  std::vector<bool> recursive(n);
  std::uint64_t total = 0, allocated = 0;
  std::set<std::array<std::uint32_t, 3>> nodes;
  std::vector<std::uint32_t> path;
  for (std::uint32_t i = 0; i < p.tree.size(); ++i) {
    const Profile::Node& node = p.tree[i];
    holds(node.function < n, "nodes are functions");
    holds(node.parent == kNone || node.parent < i, "parents come first");
    holds(nodes.insert({node.parent, node.function, node.line}).second, "siblings differ");
    while (!path.empty() && path.back() != node.parent) path.pop_back();
    holds(node.parent == kNone || !path.empty(), "depth first");
    if (path.size() < 100)
      for (const std::uint32_t above : path)
        if (p.tree[above].function == node.function) recursive[node.function] = true;
    path.push_back(i);
    total += node.self_ns;
    allocated += node.alloc_bytes;
    leaf[node.function] += node.self_ns;
    samples[node.function] += node.samples;
  }
  holds(total == p.total_ns, "I8");
  holds(allocated == p.alloc_bytes, "allocations of the tree");
  std::uint64_t all_samples = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Profile::Function& f = p.functions[i];
    holds(leaf[i] == f.self_ns && samples[i] == f.samples, "I8: a function");
    all_samples += f.samples;
    if (!recursive[i]) holds(f.cum_ns == f.self_ns + outgoing[i] || f.name == "(other)", "I6: its parts");
    if (i == 0) continue;
    const Profile::Function& above = p.functions[i - 1];
    holds(above.self_ns >= f.self_ns, "most time first");
  }
  holds(all_samples == p.samples, "samples");
}

}  // namespace ml::profiler::test
