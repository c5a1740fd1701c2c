#include <algorithm>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kTopFunctions = 10, kBoxName = 40;

std::string capitals(std::string_view text) {
  std::string all(text);
  for (char& c : all)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return all;
}

Box box_of(Page& page, Category category) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  Box box;
  box.head = capitals(category_name(category)) + " (" + seconds(n.at(n.categories, category)) + ", " +
             tenths(n.at(n.category_percents, category)) + '%';
  if (page.memory()) box.head += ", " + n.memory(n.at(n.category_memory, category));
  box.head += ')';
  Others others;
  for (const std::uint32_t i : functions_of(p, [&](const auto& f) { return f.category == category; })) {
    const Profile::Function& f = p.functions[i];
    if (nothing_to_show(page, i)) continue;
    if (box.rows.size() == kTopFunctions) {
      others.add(page, i);
      continue;
    }
    box.rows.push_back(
        {function_name(p, f, kBoxName), seconds(n.functions[i]), calls_cell(page, f.calls, f.calls_exact)});
    if (page.memory()) box.rows.back().push_back(n.memory(n.function_memory[i]));
  }
  if (others.rows != 0) {
    box.rows.push_back(
        {others.name("function"), seconds(others.time), calls_cell(page, others.calls, others.exact)});
    if (page.memory()) box.rows.back().push_back(n.memory(others.memory));
  }
  return box;
}

}  // namespace

std::string dev_details(Page& page) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  std::string text =
      "Total mlpy Overhead: " + seconds(n.overhead) + " (" + tenths(n.overhead_percent) + "% of total)\n";
  if (p.of(Category::python_stdlib) != 0)
    text += "Python Stdlib (not mlpy): " + seconds(n.library) + " (" + tenths(n.library_percent) +
            "% of total)\n";

  std::vector<Category> used;
  std::string unused;
  bool cached = false;
  for (std::size_t i = 0; i < kCategories; ++i) {
    const auto c = static_cast<Category>(i);
    if (c == Category::ml_code || c == Category::python_stdlib) continue;
    if (p.of(c) != 0) {
      used.push_back(c);
      continue;
    }
    unused += (unused.empty() ? "" : ", ") + std::string(category_name(c));
    cached =
        cached || c == Category::parsing || c == Category::security_analysis || c == Category::transpilation;
  }
  std::stable_sort(used.begin(), used.end(), [&](Category a, Category b) { return p.of(a) > p.of(b); });
  std::vector<Box> all;
  for (const Category c : used) all.push_back(box_of(page, c));
  std::vector<Column> columns = {{"Function", 38}, {"Time", 8}, {"Calls", 9}};
  if (page.memory()) columns.push_back({"Memory", 8});
  if (!all.empty()) text += '\n' + boxes(columns, all);
  if (!unused.empty()) {
    text += "\nNot used in this run: " + unused;
    if (cached && p.run.transpile_cache == "hit") text += " (transpile cache hit)";
    text += '\n';
  }
  return text + '\n' + developer_recommendations(page);
}

}  // namespace ml::profiler::report
