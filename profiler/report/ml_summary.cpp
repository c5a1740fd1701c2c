#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kTopFunctions = 10, kPipeName = 60;

std::string top_functions(Page& page) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  Rows rows;
  Others others;
  for (const std::uint32_t i : functions_of(p, is_ml)) {
    const Profile::Function& f = p.functions[i];
    if (rows.size() == kTopFunctions) {
      others.add(page, i);
      continue;
    }
    rows.push_back(
        {function_name(p, f, kPipeName), seconds(n.functions[i]), calls_cell(page, f.calls, f.calls_exact)});
    if (page.memory()) rows.back().push_back(n.memory(n.function_memory[i]));
  }
  if (others.rows != 0) {
    rows.push_back(
        {others.name("function"), seconds(others.time), calls_cell(page, others.calls, others.exact)});
    if (page.memory()) rows.back().push_back(n.memory(others.memory));
  }
  std::vector<Column> columns = {{"Function", 37}, {"Time", 6, true}, {"Calls", 6, true}};
  if (page.memory()) columns.push_back({"Memory", 7});
  return pipe_table(columns, rows);
}

}  // namespace

std::string ml_summary(Page& page) {
  const Figures& n = page.figures;
  std::string text = total_line(page) + ml_line(page);
  text += "mlpy Overhead: " + seconds(n.overhead) + share(n.overhead_percent);
  if (n.library_percent != 0) text += "Python Stdlib: " + seconds(n.library) + share(n.library_percent);
  text += remarks(page);
  if (page.memory())
    text += "\nMemory Usage:\n  Peak Memory: " + n.memory(n.peak) +
            "\n  ML Code Memory: " + n.memory(n.at(n.category_memory, Category::ml_code)) + '\n';
  text += "\nTop ML Functions:\n" + top_functions(page);
  text += "\nML Files:\n" + files_table(page);
  return text + '\n' + ml_recommendations(page);
}

}  // namespace ml::profiler::report
