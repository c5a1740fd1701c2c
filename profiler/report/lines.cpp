#include <algorithm>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kSource = 60, kName = 60;

// `wanted` is `whole` or what stands behind one of its separators.
bool names(std::string_view whole, std::string_view wanted, char separator) {
  if (wanted.empty() || whole == wanted) return true;
  return whole.size() > wanted.size() && whole.ends_with(wanted) &&
         whole[whole.size() - wanted.size() - 1] == separator;
}

bool reached(const Profile::Line& line) {
  return line.self_ns != 0 || line.cum_ns != 0 || line.hits.value_or(0) != 0;
}

std::string table(const Profile& p, const Figures& n, std::uint32_t function, bool* estimated) {
  const Profile::Function& f = p.functions[function];
  const bool counted = f.calls != 0 || f.calls_exact;
  *estimated = *estimated || (counted && !f.calls_exact);
  std::string text =
      function_name(p, f, kName) + " - " + seconds(n.functions[function]) + ", " +
      (counted ? calls_text(f.calls, f.calls_exact) + plural(f.calls, "call") : "calls not counted") + '\n';
  const Figures::Lines shown = n.lines(p, function);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < f.lines.size(); ++i) {
    const Profile::Line& line = f.lines[i];
    if (reached(line)) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return f.lines[a].line < f.lines[b].line; });
  Rows rows;
  for (const std::size_t i : order) {
    const Profile::Line& line = f.lines[i];
    const std::uint64_t total = std::max(shown.time[i], (line.cum_ns + 500'000) / 1'000'000);
    rows.push_back({std::to_string(line.line), line.hits ? grouped(*line.hits) : "-", seconds(shown.time[i]),
                    seconds(total), percent_cell(shown.percent[i]),
                    cut(source_of(p, f, line.line), kSource)});
  }
  return text + pipe_table({{"Line", 4, true},
                            {"Hits", 6, true},
                            {"Time", 6, true},
                            {"Total", 6, true},
                            {"% Func", 6},
                            {"Source", 46}},
                           rows);
}

}  // namespace

std::string line_report(const Profile& p, const LineSelection& selection) {
  const auto wanted = [&](const Profile::Function& f) {
    if (!is_ml(f) || !names(f.name, selection.function, '.')) return false;
    if (selection.function.empty() && std::none_of(f.lines.begin(), f.lines.end(), reached)) return false;
    if (selection.file.empty()) return true;
    return f.file < p.files.size() &&
           (p.files[f.file].name == selection.file || names(p.files[f.file].path, selection.file, '/'));
  };
  std::vector<std::uint32_t> functions = functions_of(p, wanted);
  if (selection.function.empty() && functions.size() > selection.top) functions.resize(selection.top);
  if (functions.empty()) return {};
  const Figures figures(p);
  std::string text;
  bool estimated = false;
  for (const std::uint32_t i : functions) {
    if (!text.empty()) text += '\n';
    text += table(p, figures, i, &estimated);
  }
  if (estimated) text += "\n~ = estimated\n";
  return text;
}

}  // namespace ml::profiler::report
