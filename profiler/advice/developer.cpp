#include <algorithm>
#include <map>

#include "profiler/advice/rules.h"
#include "profiler/figures/wording.h"

namespace ml::profiler::advice {
namespace {

std::uint64_t percent_of(const Subject& s, Category c) {
  return s.figures.at(s.figures.category_percents, c);
}

// The function that made most of the calls, and its share of them: where guards call guards, the ML function
// behind them, by time.
struct MainCaller {
  std::uint32_t function = kNone;
  std::uint64_t part = 0, whole = 0;
  bool exact = true;
};

MainCaller main_caller(const Profile& p, const Profile::Function& f) {
  const auto callers = calling_functions(f);
  if (f.calls == 0 || callers.empty() || callers.front().first >= p.functions.size()) return {};
  const auto [function, calls] = callers.front();
  if (p.functions[function].category != Category::runtime_overhead)
    return {function, std::min(calls, f.calls), f.calls, f.calls_exact};
  std::vector<bool> of(p.functions.size());
  of[static_cast<std::size_t>(&f - p.functions.data())] = true;
  std::map<std::uint32_t, std::uint64_t> times;
  std::uint64_t whole = 0;
  for (const auto& [place, ns] : ml_places(p, of)) {
    times[place.first] += ns;
    whole += ns;
  }
  if (whole == 0) return {};
  const auto most = std::max_element(times.begin(), times.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return {most->first, most->second, whole, times.size() == 1};
}

std::string guard_line(const Profile& p, const Profile::Function& f) {
  std::string line = f.name + ": " + calls_text(f.calls, f.calls_exact) + plural(f.calls, "call");
  const MainCaller caller = main_caller(p, f);
  if (caller.function == kNone) return line;
  const Profile::Function& from = p.functions[caller.function];
  return line + ", " + (caller.exact ? "" : "~") + whole_percent(caller.part, caller.whole) +
         " of them from " + called(from) + " (" + place_of(p, from) + ')';
}

Found runtime_overhead(const Subject& s) {
  const Profile& p = s.profile;
  if (p.of(Category::runtime_overhead) == 0) return std::nullopt;
  std::vector<const Profile::Function*> guards;
  for (const Profile::Function& f : p.functions)
    if (f.category == Category::runtime_overhead) guards.push_back(&f);
  std::stable_sort(guards.begin(), guards.end(),
                   [](const auto* a, const auto* b) { return a->calls > b->calls; });
  const bool high = percent_of(s, Category::runtime_overhead) > 150;
  const std::size_t shown = std::min<std::size_t>(high ? 3 : 1, guards.size());
  Profile::Finding found{.rule = "D1"};
  found.data = {{"runtime_overhead_ns", json(p.of(Category::runtime_overhead))},
                {"total_ns", json(p.total_ns)}};
  for (std::size_t i = 0; i < shown; ++i) {
    found.text.push_back(guard_line(p, *guards[i]));
    if (!guards[i]->calls_exact && found.data.size() == 2) found.data.emplace_back("calls_exact", "false");
  }
  if (high) {
    found.text.push_back("Above the 15% threshold");
    found.text.push_back("Consider: caching or batching library and built-in calls");
  } else {
    found.text.push_back("Below the 15% threshold: no action needed");
  }
  return found;
}

// "generate_python is the slowest step: 0.420s, 3 calls"
void slowest_step(const Subject& s, std::initializer_list<Category> categories, const char* noun,
                  Profile::Finding& found) {
  const Profile& p = s.profile;
  std::uint32_t slowest = kNone;
  for (std::uint32_t i = 0; i < p.functions.size(); ++i) {
    const bool of_these =
        std::find(categories.begin(), categories.end(), p.functions[i].category) != categories.end();
    if (of_these && (slowest == kNone || p.functions[i].self_ns > p.functions[slowest].self_ns)) slowest = i;
  }
  if (slowest == kNone) return;
  const Profile::Function& f = p.functions[slowest];
  found.text.push_back("Slowest " + std::string(noun) + ": " + f.name + ", " +
                       seconds(s.figures.functions[slowest]) + " in " + calls_text(f.calls, f.calls_exact) +
                       plural(f.calls, "call"));
  found.data.emplace_back("slowest", json(f.name));
}

// Steps are not timed by file: the longest one costs most.
void longest_file(const Profile& p, Profile::Finding& found) {
  const Profile::File* longest = nullptr;
  for (const Profile::File& f : p.files)
    if (f.ml && f.line_count != 0 && (longest == nullptr || f.line_count > longest->line_count)) longest = &f;
  if (longest == nullptr) return;
  found.text.push_back("Longest file: " + longest->name + ", " + grouped(longest->line_count) +
                       plural(longest->line_count, "line"));
  found.data.emplace_back("file", json(longest->path));
}

Found compile_phases(const Subject& s) {
  if (percent_of(s, Category::parsing) + percent_of(s, Category::transpilation) <= 200) return std::nullopt;
  Profile::Finding found{.rule = "D2"};
  slowest_step(s, {Category::parsing, Category::transpilation}, "step", found);
  longest_file(s.profile, found);
  found.text.push_back("Transpile cache: " + s.profile.run.transpile_cache);
  return found;
}

Found security_analysis(const Subject& s) {
  if (percent_of(s, Category::security_analysis) <= 50) return std::nullopt;
  Profile::Finding found{.rule = "D3"};
  slowest_step(s, {Category::security_analysis}, "check", found);
  longest_file(s.profile, found);
  return found;
}

Found sandbox_startup(const Subject& s) {
  if (percent_of(s, Category::sandbox_startup) <= 200) return std::nullopt;
  Profile::Finding found{.rule = "D4"};
  slowest_step(s, {Category::sandbox_startup}, "step", found);
  found.text.push_back("Consider: a warm worker");
  return found;
}

constexpr RunRule kRules[] = {runtime_overhead, compile_phases, security_analysis, sandbox_startup};

}  // namespace

void developer_findings(const Subject& subject, std::vector<Profile::Finding>& all) {
  for (const RunRule rule : kRules)
    if (auto found = rule(subject)) all.push_back(std::move(*found));
}

}  // namespace ml::profiler::advice
