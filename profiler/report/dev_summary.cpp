#include <algorithm>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kTopFunctions = 15, kPipeName = 60;

std::array<Category, kCategories> by(const Figures::ByCategory& exact) {
  std::array<Category, kCategories> order{};
  for (std::size_t i = 0; i < kCategories; ++i) order[i] = static_cast<Category>(i);
  std::stable_sort(order.begin(), order.end(), [&](Category a, Category b) {
    return exact[static_cast<std::size_t>(a)] > exact[static_cast<std::size_t>(b)];
  });
  return order;
}

std::string time_breakdown(const Page& page) {
  const Figures& n = page.figures;
  Rows rows;
  std::uint64_t percent = 0;
  for (const Category c : by(page.profile.category_ns)) {
    rows.push_back({std::string(category_name(c)), seconds(n.at(n.categories, c)),
                    percent_cell(n.at(n.category_percents, c))});
    percent += n.at(n.category_percents, c);
  }
  rows.push_back({"Total", seconds(n.total), percent_cell(percent)});
  return pipe_table({{"Category", 17}, {"Time", 6, true}, {"% Total", 8}}, rows);
}

std::string memory_breakdown(const Page& page) {
  const Figures& n = page.figures;
  Rows rows;
  std::uint64_t percent = 0;
  for (const Category c : by(page.profile.category_bytes)) {
    rows.push_back({std::string(category_name(c)), n.memory(n.at(n.category_memory, c)),
                    percent_cell(n.at(n.category_memory_percents, c))});
    percent += n.at(n.category_memory_percents, c);
  }
  rows.push_back({"Total Peak", n.memory(n.peak), percent_cell(percent)});
  return pipe_table({{"Category", 17}, {"Memory", 7}, {"% Peak", 8}}, rows);
}

std::string top_functions(Page& page) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  Rows rows;
  Others others;
  for (const std::uint32_t i : functions_of(p, [](const auto&) { return true; })) {
    const Profile::Function& f = p.functions[i];
    if (nothing_to_show(page, i)) continue;
    if (rows.size() == kTopFunctions) {
      others.add(page, i);
      continue;
    }
    rows.push_back({function_name(p, f, kPipeName), std::string(category_name(f.category)),
                    seconds(n.functions[i]), calls_cell(page, f.calls, f.calls_exact)});
    if (page.memory()) rows.back().push_back(n.memory(n.function_memory[i]));
  }
  if (rows.empty()) return {};
  if (others.rows != 0) {
    rows.push_back(
        {others.name("function"), "", seconds(others.time), calls_cell(page, others.calls, others.exact)});
    if (page.memory()) rows.back().push_back(n.memory(others.memory));
  }
  std::vector<Column> columns = {{"Function", 37}, {"Category", 17}, {"Time", 6, true}, {"Calls", 6, true}};
  if (page.memory()) columns.push_back({"Memory", 7});
  return "Top Functions:\n" + pipe_table(columns, rows) + '\n';
}

// "1.0ms" -> "1.0 ms"
std::string spaced(std::string value) {
  const std::size_t unit = value.find_first_not_of("0123456789.");
  return unit == std::string::npos ? value : value.insert(unit, 1, ' ');
}

std::string collection(const Page& page) {
  const Profile& p = page.profile;
  const Profile::Collection& c = p.collection;
  std::string text = "Collection: time ";
  if (c.time == How::sampled && c.interval_ns != 0)
    text += "sampled every " + spaced(per_call(c.interval_ns, 1)) + " (" + grouped(p.samples) +
            plural(p.samples, "sample") + ')';
  else if (c.time == How::sampled)
    text += "sampled (" + grouped(p.samples) + plural(p.samples, "sample") + ')';
  else
    text += c.time == How::exact ? "exact" : c.time == How::off ? "off" : "estimated";
  text += ", calls ";
  text += c.calls == How::exact ? "exact" : c.calls == How::off ? "off" : "estimated";
  text += ", memory ";
  if (c.memory == How::sampled && c.memory_period_bytes != 0) {
    const std::uint64_t kb = (c.memory_period_bytes + 512) / 1024;
    text += "sampled (1 in " +
            (kb == 0 ? std::to_string(c.memory_period_bytes) + " B" : grouped(kb) + " KB") + ')';
  } else {
    text += c.memory == How::off       ? "off"
            : c.memory == How::exact   ? "exact"
            : c.memory == How::sampled ? "sampled"
                                       : "estimated";
  }
  return text + "; transpile cache: " + p.run.transpile_cache + '\n';
}

}  // namespace

std::string dev_summary(Page& page) {
  std::string text = total_line(page) + "\nTime Breakdown:\n" + time_breakdown(page) + '\n';
  if (page.memory()) text += "Memory Breakdown:\n" + memory_breakdown(page) + '\n';
  if (const std::string files = files_table(page); !files.empty())
    text += "ML Code Execution (by file):\n" + files + '\n';
  return text + top_functions(page) + collection(page);
}

}  // namespace ml::profiler::report
