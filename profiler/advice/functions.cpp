#include <algorithm>

#include "profiler/advice/rules.h"
#include "profiler/figures/wording.h"

namespace ml::profiler::advice {
namespace {

constexpr std::uint64_t kMb = 1024 * 1024;

Profile::Finding about(const char* rule, const Subject& s, std::uint32_t function, std::string text) {
  const Profile::Function& f = s.profile.functions[function];
  return {rule,
          function,
          f.line,
          {std::move(text)},
          {{"self_ns", json(f.self_ns)}, {"ml_ns", json(s.profile.ml_ns())}}};
}

bool share(const Subject& s, std::uint32_t function, std::uint64_t percent) {
  const Profile::Function& f = s.profile.functions[function];
  return s.firm(f.samples) && at_least(f.self_ns, s.profile.ml_ns(), percent);
}

Found bottleneck(const Subject& s, std::uint32_t function, std::size_t rank) {
  if (!share(s, function, 30)) return std::nullopt;
  auto found =
      about("R1", s, function,
            rank == 0 ? "This function is your main performance bottleneck" : "Also a main bottleneck");
  found.text.push_back("Consider: caching, reducing iterations");  // merge() drops it if there is better
  return found;
}

Found large_share(const Subject& s, std::uint32_t function, std::size_t) {
  if (!share(s, function, 15) || share(s, function, 30)) return std::nullopt;
  return about("R2", s, function, "Takes a large share of the execution time");
}

Found hot_line(const Subject& s, std::uint32_t function, std::size_t) {
  const Profile::Function& f = s.profile.functions[function];
  const auto hottest = std::max_element(f.lines.begin(), f.lines.end(),
                                        [](const auto& a, const auto& b) { return a.self_ns < b.self_ns; });
  if (f.lines.size() < 2 || !share(s, function, 5) || !at_least(hottest->self_ns, f.self_ns, 50))
    return std::nullopt;
  std::string text = "Line " + std::to_string(hottest->line) + " takes " +
                     whole_percent(hottest->self_ns, f.self_ns) + " of it";
  if (const std::string source = cut(source_of(s.profile, f, hottest->line), 48); !source.empty())
    text += ": " + source;
  auto found = about("R3", s, function, std::move(text));
  found.line = hottest->line;
  found.data = {{"self_ns", json(hottest->self_ns)}, {"function_ns", json(f.self_ns)}};
  return found;
}

Found call_overhead(const Subject& s, std::uint32_t function, std::size_t) {
  const Profile::Function& f = s.profile.functions[function];
  if (f.calls < 10'000 || f.self_ns / 5'000 > f.calls || f.self_ns > 5'000 * f.calls ||
      !share(s, function, 5))
    return std::nullopt;
  std::string text = "Short calls: much of this time is the calling itself";
  const auto most = std::max_element(f.callers.begin(), f.callers.end(),
                                     [](const auto& a, const auto& b) { return a.calls < b.calls; });
  bool exact = true;
  if (most != f.callers.end() && most->calls != 0 && most->function < s.profile.functions.size()) {
    const std::string place =
        called(s.profile.functions[most->function]) + " line " + std::to_string(most->line);
    if (most->calls >= f.calls) {
      text += "; all come from " + place;
    } else {
      exact = f.calls_exact;
      text +=
          "; " + std::string(exact ? "" : "~") + whole_percent(most->calls, f.calls) + " come from " + place;
    }
  }
  auto found = about("R8", s, function, std::move(text));
  found.text.push_back("Consider: passing the whole list once, or moving the body into the loop");
  found.data.emplace_back("calls", json(f.calls));
  if (!exact) found.data.emplace_back("calls_exact", "false");
  return found;
}

// Rests on bytes, not on a share of the time.
Found high_memory(const Subject& s, std::uint32_t function, std::size_t) {
  const Profile& p = s.profile;
  const Profile::Function& f = p.functions[function];
  if (!p.has_memory() || f.at_peak_bytes < 10 * kMb || !at_least(f.at_peak_bytes, p.peak_bytes, 20))
    return std::nullopt;
  auto found = about("R9", s, function,
                     "Holds " + s.figures.memory(s.figures.function_memory[function]) + " at the peak (" +
                         whole_percent(f.at_peak_bytes, p.peak_bytes) + " of " +
                         s.figures.memory(s.figures.peak) + ')');
  found.text.push_back("Consider: processing rows as they are read, or in batches of 1,000");
  found.data = {{"at_peak_bytes", json(f.at_peak_bytes)}, {"peak_bytes", json(p.peak_bytes)}};
  return found;
}

Found churn(const Subject& s, std::uint32_t function, std::size_t) {
  const Profile::Function& f = s.profile.functions[function];
  const std::uint64_t kept = std::max(f.at_peak_bytes, kMb);
  if (!s.profile.has_memory() || f.alloc_count < 100'000 || f.alloc_bytes / 20 < kept) return std::nullopt;
  const bool exact = s.profile.collection.memory == How::exact;
  auto found = about("R11", s, function,
                     "Allocates " + bytes_text(f.alloc_bytes) + " in " + calls_text(f.alloc_count, exact) +
                         " pieces but keeps " + s.figures.memory(s.figures.function_memory[function]));
  found.text.push_back("Consider: reusing one array or object");
  found.data = {{"alloc_bytes", json(f.alloc_bytes)},
                {"alloc_count", json(f.alloc_count)},
                {"at_peak_bytes", json(f.at_peak_bytes)}};
  if (!exact) found.data.emplace_back("calls_exact", "false");
  return found;
}

Found waiting(const Subject& s, std::uint32_t function, std::size_t) {
  const Profile::Function& f = s.profile.functions[function];
  if (!share(s, function, 10) || !at_least(f.wait_ns, f.cum_ns, 50)) return std::nullopt;
  auto found = about("R18", s, function,
                     "Waits " + whole_percent(std::min(f.wait_ns, f.cum_ns), f.cum_ns) +
                         " of its time (I/O or sleep) instead of computing");
  found.text.push_back("Consider: running such calls concurrently");
  found.data = {{"wait_ns", json(f.wait_ns)}, {"cum_ns", json(f.cum_ns)}};
  return found;
}

constexpr FunctionRule kRules[] = {bottleneck,  large_share, hot_line, call_overhead,
                                   high_memory, churn,       waiting};

}  // namespace

void function_findings(const Subject& subject, std::vector<Profile::Finding>& all) {
  for (std::size_t rank = 0; rank < subject.by_time.size(); ++rank)
    for (const FunctionRule rule : kRules)
      if (auto found = rule(subject, subject.by_time[rank], rank)) all.push_back(std::move(*found));
}

}  // namespace ml::profiler::advice
