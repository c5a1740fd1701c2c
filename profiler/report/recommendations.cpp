#include <algorithm>
#include <string_view>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kMaxFunctions = 5;
constexpr int kMaxAdvice = 2;
constexpr std::string_view kConsider = "Consider: ";

using Group = std::vector<const Profile::Finding*>;  // what stands below one heading

// R4 before R12, R18 before D1.
std::uint32_t rank(const Profile::Finding& f) {
  std::uint32_t number = f.rule.starts_with('D') ? 1000 : 0;
  std::uint32_t digits = 0;
  for (const char c : f.rule)
    if (c >= '0' && c <= '9') digits = digits * 10 + static_cast<std::uint32_t>(c - '0');
  return number + digits;
}

bool for_developers(const Profile::Finding& f) { return f.rule.starts_with('D'); }

void in_rule_order(Group& group) {
  std::stable_sort(group.begin(), group.end(),
                   [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
}

bool offers_advice(const Profile::Finding& f) {
  return std::any_of(f.text.begin(), f.text.end(),
                     [](const std::string& line) { return line.starts_with(kConsider); });
}

// The findings' lines, then at most two pieces of advice. R1's general one gives way to any other.
std::string lines(Page& page, const Group& group) {
  std::string text;
  const bool other_advice = std::any_of(group.begin(), group.end(),
                                        [](const auto* f) { return f->rule != "R1" && offers_advice(*f); });
  for (const Profile::Finding* f : group) {
    for (const std::string& line : f->text)
      if (!line.starts_with(kConsider)) text += "  - " + line + '\n';
    for (const auto& [name, value] : f->data)
      page.estimated = page.estimated || (name == "calls_exact" && value == "false");
  }
  int advice = 0;
  for (const Profile::Finding* f : group) {
    if (f->rule == "R1" && other_advice) continue;
    for (const std::string& line : f->text)
      if (line.starts_with(kConsider) && advice++ < kMaxAdvice) text += "  - " + line + '\n';
  }
  return text;
}

const char* bullet(const Page& page) { return page.options.ascii ? "> " : "▸ "; }
const char* check(const Page& page) { return page.options.ascii ? "* " : "✓ "; }

// What a function's calls cost is the reason where its own time is none.
std::string with_calls(const Profile& p, const Profile::Function& f) {
  if (at_least(f.self_ns, p.ml_ns(), 1) || !at_least(f.cum_ns, p.ml_ns(), 5)) return {};
  return ", " + whole_percent(std::min(f.cum_ns, p.ml_ns()), p.ml_ns()) + " with its calls";
}

std::string calls_sentence(Page& page, const Profile::Function& f) {
  if (f.calls == 0 && !f.calls_exact) return "calls were not counted\n";
  return calls_cell(page, f.calls, f.calls_exact) + plural(f.calls, "call") + ", " +
         per_call(f.self_ns, f.calls) + " per call\n";
}

std::string function_group(Page& page, std::uint32_t function, Group group) {
  const Profile& p = page.profile;
  const Profile::Function& f = p.functions[function];
  std::string text = bullet(page) + called(f) + " - " + whole_percent(f.self_ns, p.ml_ns()) +
                     " of execution time" + with_calls(p, f) + "\n  - At " + place_of(p, f) + ": " +
                     calls_sentence(page, f);
  in_rule_order(group);
  return text + lines(page, group) + '\n';
}

std::uint64_t conversion_ns(const Profile& p) {
  std::uint64_t ns = 0;
  for (const Profile::Function& f : p.functions)
    if (f.kind == FunctionKind::guard && (f.name == "to_ml" || f.name == "from_ml")) ns += f.self_ns;
  return ns;
}

// Heading of a finding about the whole run; empty for a rule that has none.
std::string general_heading(const Profile& p, std::string_view rule) {
  const auto of_total = [&](std::uint64_t ns) {
    return " - " + whole_percent(ns, p.total_ns) + " of total time";
  };
  const std::uint64_t compile = p.of(Category::parsing) + p.of(Category::transpilation);
  if (rule == "R14") return "Python libraries" + of_total(p.of(Category::python_stdlib));
  if (rule == "R15") return "Python/ML data conversion" + of_total(conversion_ns(p));
  if (rule == "R16")
    return "Start-up" +
           of_total(compile + p.of(Category::security_analysis) + p.of(Category::sandbox_startup));
  if (rule == "R17") return "Transpilation" + of_total(compile);
  return {};
}

std::string developer_heading(const Figures& n, std::string_view rule) {
  const auto of = [&](Category c) { return n.at(n.category_percents, c); };
  const auto of_total = [](std::uint64_t percent) { return " - " + tenths(percent) + "% of total"; };
  if (rule == "D1") return "Runtime Overhead" + of_total(of(Category::runtime_overhead));
  if (rule == "D2") return "Compile phases" + of_total(of(Category::parsing) + of(Category::transpilation));
  if (rule == "D3") return "Security Analysis" + of_total(of(Category::security_analysis));
  if (rule == "D4") return "Sandbox Startup" + of_total(of(Category::sandbox_startup));
  return {};
}

std::string ml_assessment(const Page& page) {
  const Profile& p = page.profile;
  const std::string percent = whole_percent(p.ml_ns(), p.total_ns);
  std::string text = std::string(check(page)) + "Overall Assessment:\n  - ML code is ";
  if (at_least(p.ml_ns(), p.total_ns, 80) && p.ml_ns() * 5 != p.total_ns * 4)
    return text + percent + " of the run: changes to the functions above will show\n";
  if (at_least(p.ml_ns(), p.total_ns, 50))
    return text + percent +
           " of the run, the rest is mlpy and libraries: gains in the functions above show in part\n";
  return text + "only " + percent + " of the run: start-up, libraries or mlpy itself dominate\n";
}

std::string developer_assessment(const Page& page) {
  const std::uint64_t percent = page.figures.overhead_percent;
  return std::string(check(page)) + "Overall Assessment:\n  - mlpy overhead is " + tenths(percent) + "%: " +
         (percent < 200   ? "excellent (below 20%)"
          : percent < 300 ? "good (20-30%)"
          : percent < 500 ? "acceptable (30-50%)"
                          : "high (above 50%)") +
         '\n';
}

constexpr std::string_view kHeading = "OPTIMIZATION RECOMMENDATIONS:\n\n";

}  // namespace

std::string ml_recommendations(Page& page) {
  const Profile& p = page.profile;
  std::vector<Group> by_function(p.functions.size());
  Group general;
  for (const Profile::Finding& f : p.findings) {
    if (for_developers(f)) continue;
    if (f.function < by_function.size())
      by_function[f.function].push_back(&f);
    else
      general.push_back(&f);
  }
  in_rule_order(general);

  std::string text;
  const std::vector<std::uint32_t> functions = functions_of(p, is_ml);
  std::size_t shown = 0;
  for (const std::uint32_t i : functions)
    if (!by_function[i].empty() && shown++ < kMaxFunctions)
      text += function_group(page, i, std::move(by_function[i]));
  for (std::size_t i = 0; i < general.size();) {
    const std::string heading = general_heading(p, general[i]->rule);
    Group group;
    const std::string rule = general[i]->rule;
    for (; i < general.size() && general[i]->rule == rule; ++i) group.push_back(general[i]);
    if (!heading.empty()) text += bullet(page) + heading + '\n' + lines(page, group) + '\n';
  }
  if (text.empty() && !functions.empty()) {
    const Profile::Function& largest = p.functions[functions.front()];
    text = "  No function stands out; the largest is " + called(largest) + " (" + place_of(p, largest) +
           ") with " + whole_percent(largest.self_ns, p.ml_ns()) + ".\n\n";
  }
  return std::string(kHeading) + text + ml_assessment(page);
}

std::string developer_recommendations(Page& page) {
  Group group;
  for (const Profile::Finding& f : page.profile.findings)
    if (for_developers(f)) group.push_back(&f);
  in_rule_order(group);
  std::string text(kHeading);
  for (std::size_t i = 0; i < group.size();) {
    const std::string rule = group[i]->rule;
    Group same;
    for (; i < group.size() && group[i]->rule == rule; ++i) same.push_back(group[i]);
    if (const std::string heading = developer_heading(page.figures, rule); !heading.empty())
      text += bullet(page) + heading + '\n' + lines(page, same) + '\n';
  }
  return text + developer_assessment(page);
}

}  // namespace ml::profiler::report
