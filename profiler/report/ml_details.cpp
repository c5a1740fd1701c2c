#include <algorithm>
#include <tuple>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kBoxName = 40;

}  // namespace

std::string ml_details(Page& page) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  // A function that was never called has nothing to show; one that has is not dropped from the sums.
  const auto shown = [](const Profile::Function& f) {
    return is_ml(f) && (f.calls != 0 || f.self_ns != 0 || f.at_peak_bytes != 0);
  };
  std::vector<Box> by_file(p.files.size());
  for (std::uint32_t i = 0; i < p.files.size(); ++i) {
    by_file[i].head =
        cut(p.files[i].name, kBoxName) + " (" + seconds(n.files[i]) + ", " + tenths(n.file_percents[i]) + '%';
    if (page.memory()) by_file[i].head += ", " + n.memory(n.file_memory[i]);
    by_file[i].head += ')';
  }
  for (const std::uint32_t i : functions_of(p, shown)) {
    const Profile::Function& f = p.functions[i];
    if (f.file >= by_file.size()) continue;
    auto& row = by_file[f.file].rows.emplace_back();
    row = {located(f.name, "line " + std::to_string(f.line), kBoxName), seconds(n.functions[i]),
           tenths(n.function_percents[i]) + '%', calls_cell(page, f.calls, f.calls_exact)};
    if (page.memory()) row.push_back(n.memory(n.function_memory[i]));
    row.push_back(average_ms(f.self_ns, f.calls));
  }
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < by_file.size(); ++i)
    if (!by_file[i].rows.empty()) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(p.files[b].self_ns, std::string_view(p.files[a].name)) <
           std::tuple(p.files[a].self_ns, std::string_view(p.files[b].name));
  });
  std::vector<Box> all;
  for (const std::uint32_t i : order) all.push_back(std::move(by_file[i]));

  std::vector<Column> columns = {{"Function", 23}, {"Time", 7}, {"% File", 6}, {"Calls", 9}};
  if (page.memory()) columns.push_back({"Memory", 8});
  columns.push_back({"Avg Time", 8});
  return total_line(page) + ml_line(page) + remarks(page) + '\n' + boxes(columns, all);
}

}  // namespace ml::profiler::report
