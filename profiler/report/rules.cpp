#include "profiler/report/rules.h"

#include <algorithm>
#include <optional>

#include "profiler/report/figures.h"
#include "profiler/report/table.h"

namespace ml::profiler::report {
namespace {

constexpr std::uint64_t kFirmSamples = 30;
constexpr std::size_t kMaxFunctions = 5;

struct Subject {
  const Profile& profile;
  const Profile::Function& function;
  std::size_t rank;
  bool share(std::uint64_t percent) const { return at_least(function.self_ns, profile.ml_ns(), percent); }
};

std::optional<Finding> bottleneck(const Subject& s) {
  if (!s.share(30)) return std::nullopt;
  Finding f{.rule = "R1", .line = s.function.line};
  f.text = s.rank == 0 ? "This function is your main performance bottleneck" : "Also a main bottleneck";
  return f;
}

std::optional<Finding> large_share(const Subject& s) {
  if (!s.share(15) || s.share(30)) return std::nullopt;
  return Finding{.rule = "R2", .line = s.function.line, .text = "Takes a large share of the execution time"};
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string() : std::string(text.substr(begin, end - begin + 1));
}

std::optional<Finding> hot_line(const Subject& s) {
  const auto& lines = s.function.lines;
  const auto hottest = std::max_element(lines.begin(), lines.end(),
                                        [](const auto& a, const auto& b) { return a.self_ns < b.self_ns; });
  if (hottest == lines.end() || lines.size() < 2 || !s.share(5)) return std::nullopt;
  if (!at_least(hottest->self_ns, s.function.self_ns, 50)) return std::nullopt;
  Finding f{.rule = "R3", .line = hottest->line};
  f.text = "Line " + std::to_string(hottest->line) + " takes " +
           whole_percent(hottest->self_ns, s.function.self_ns) + " of it";
  if (const std::string source = cut(trimmed(hottest->source), 48); !source.empty()) f.text += ": " + source;
  return f;
}

std::optional<Finding> call_overhead(const Subject& s) {
  const Profile::Function& function = s.function;
  if (function.calls < 10'000 || function.self_ns > 5'000 * function.calls || !s.share(5))
    return std::nullopt;
  Finding f{.rule = "R8", .line = function.line};
  f.text = "Short calls: much of this time is the calling itself";
  f.consider = "passing the whole list once, or moving the body into the loop";
  // Own time by caller stands for the number of calls from there, which nobody counted.
  const auto from = std::find_if(function.callers.begin(), function.callers.end(),
                                 [](const Profile::Caller& c) { return c.function != kNone; });
  if (from == function.callers.end() || from->samples < kFirmSamples) return f;
  const std::string place =
      called(s.profile.functions[from->function]) + " line " + std::to_string(from->line);
  if (function.callers.size() == 1) {
    f.text += "; all come from " + place;
  } else {
    f.text += "; ~" + whole_percent(from->self_ns, function.self_ns) + " come from " + place;
    f.estimated = true;
  }
  return f;
}

using Rule = std::optional<Finding> (*)(const Subject&);
constexpr Rule kRules[] = {bottleneck, large_share, hot_line, call_overhead};

}  // namespace

std::string called(const Profile::Function& function) {
  return function.name.ends_with(')') ? function.name : function.name + "()";
}

std::vector<Recommendation> recommend(const Profile& profile) {
  std::vector<Recommendation> all;
  std::size_t rank = 0;
  for (std::uint32_t i = 0; i < profile.functions.size() && all.size() < kMaxFunctions; ++i) {
    const Profile::Function& function = profile.functions[i];
    if (function.category != Category::ml_code) continue;
    const Subject subject{profile, function, rank++};
    if (function.samples < kFirmSamples) continue;
    Recommendation found{i, {}};
    for (const Rule rule : kRules)
      if (auto finding = rule(subject)) found.findings.push_back(std::move(*finding));
    if (found.findings.empty()) continue;
    const bool advised = std::any_of(found.findings.begin(), found.findings.end(),
                                     [](const Finding& f) { return !f.consider.empty(); });
    if (!advised && found.findings.front().rule == std::string_view("R1"))
      found.findings.front().consider = "caching, reducing iterations";
    all.push_back(std::move(found));
  }
  return all;
}

}  // namespace ml::profiler::report
