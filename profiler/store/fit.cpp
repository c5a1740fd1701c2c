#include "profiler/store/fit.h"

#include <algorithm>
#include <functional>

#include "profiler/model/tree.h"

namespace ml::profiler::store {
namespace {

constexpr std::size_t kRows = 100'000;  // of lines, and of call edges

// The weight that at most `most` rows of all functions have or exceed.
template <class Rows>
std::uint64_t least_kept(const Profile& p, Rows rows, std::size_t most) {
  std::vector<std::uint64_t> weights;
  for (const Profile::Function& f : p.functions)
    for (const auto& row : f.*rows) weights.push_back(row.self_ns);
  if (weights.size() <= most) return 0;
  const auto at = weights.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(weights.begin(), at, weights.end(), std::greater<>());
  return *at + 1;
}

void join_lines(Profile::Function& f, std::uint64_t least) {
  Profile::Line rest;
  std::size_t kept = 0;
  for (Profile::Line& line : f.lines) {
    if (line.self_ns >= least && line.line != 0) {
      f.lines[kept++] = std::move(line);
      continue;
    }
    rest.self_ns += line.self_ns;
    rest.cum_ns = std::max(rest.cum_ns, line.cum_ns);
    rest.samples += line.samples;
    rest.at_peak_bytes += line.at_peak_bytes;
    rest.alloc_bytes += line.alloc_bytes;
  }
  const bool joined = kept != f.lines.size();
  f.lines.resize(kept);
  rest.cum_ns = std::max(rest.cum_ns, rest.self_ns);
  if (joined) f.lines.insert(f.lines.begin(), std::move(rest));  // by line
}

void join_callers(Profile::Function& f, std::uint64_t least) {
  std::vector<Profile::Caller> kept, rest;
  for (const Profile::Caller& c : f.callers) (c.self_ns >= least && c.line != 0 ? kept : rest).push_back(c);
  if (rest.empty()) return;
  std::sort(rest.begin(), rest.end(), [](const auto& a, const auto& b) { return a.function < b.function; });
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (i == 0 || rest[i].function != rest[i - 1].function) {
      kept.push_back(rest[i]);
      kept.back().line = 0;
      continue;
    }
    Profile::Caller& to = kept.back();
    to.self_ns += rest[i].self_ns;
    to.cum_ns += rest[i].cum_ns;
    to.samples += rest[i].samples;
    to.calls += rest[i].calls;
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const auto& a, const auto& b) { return a.self_ns > b.self_ns; });
  f.callers = std::move(kept);
}

}  // namespace

void shrink(Profile& p, unsigned level) {
  model::fold(p, model::kMaxStacks >> level, model::kMaxFrames >> level);
  const std::uint64_t line = least_kept(p, &Profile::Function::lines, kRows >> level);
  const std::uint64_t caller = least_kept(p, &Profile::Function::callers, kRows >> level);
  for (Profile::Function& f : p.functions) {
    if (line != 0) join_lines(f, line);
    if (caller != 0) join_callers(f, caller);
  }
}

}  // namespace ml::profiler::store
