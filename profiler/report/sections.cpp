#include "profiler/report/sections.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "profiler/figures/wording.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kTopFiles = 20, kPipeName = 60;
constexpr std::uint64_t kFewSamples = 20;

constexpr std::array<std::string_view, kCategories> kCategoryNames = {
    "ML Code Execution", "Runtime Overhead", "Parsing",      "Security Analysis",
    "Transpilation",     "Sandbox Startup",  "Python Stdlib"};

}  // namespace

std::string_view category_name(Category category) {
  return kCategoryNames[static_cast<std::size_t>(category)];
}

std::string function_name(const Profile& p, const Profile::Function& f, std::size_t width) {
  if (is_ml(f)) return located(f.name, place_of(p, f), width);
  if (f.file < p.files.size()) return located(f.name, p.files[f.file].name, width);
  return cut(f.name, width);
}

bool is_ml(const Profile::Function& function) { return function.category == Category::ml_code; }

void sort_by_time(const Profile& p, std::vector<std::uint32_t>& functions) {
  const auto earlier = [&](std::uint32_t a, std::uint32_t b) {
    const Profile::Function &x = p.functions[a], &y = p.functions[b];
    return std::tuple(y.self_ns, std::string_view(x.name), x.line) <
           std::tuple(x.self_ns, std::string_view(y.name), y.line);
  };
  if (!std::is_sorted(functions.begin(), functions.end(), earlier))
    std::stable_sort(functions.begin(), functions.end(), earlier);
}

void Others::add(const Page& page, std::uint32_t function) {
  const Profile::Function& f = page.profile.functions[function];
  ++rows;
  time += page.figures.functions[function];
  calls += f.calls;
  memory += page.figures.function_memory[function];
  exact = exact && f.calls_exact;
}

std::string Others::name(std::string_view noun) const {
  return '(' + grouped(rows) + " other" + plural(rows, noun) + ')';
}

bool nothing_to_show(const Page& page, std::uint32_t function) {
  return page.profile.functions[function].idle() && page.figures.function_memory[function] == 0;
}

std::string calls_cell(Page& page, std::uint64_t calls, bool exact) {
  page.estimated = page.estimated || (!exact && calls != 0);
  return calls_text(calls, exact);
}

std::string share(std::uint64_t percent) { return " (" + tenths(percent) + "%)\n"; }

std::string total_line(const Page& page) {
  const Profile& p = page.profile;
  std::string text = "Total Execution Time: " + seconds(page.figures.total);
  if (p.threads > 1)
    text += " (" + grouped(p.threads) + " threads, " + seconds((p.elapsed_ns + 500'000) / 1'000'000) +
            " elapsed)";
  return text + '\n';
}

std::string ml_line(const Page& page) {
  return "ML Code Execution Time: " + seconds(page.figures.ml) + share(page.figures.ml_percent);
}

std::string files_table(Page& page) {
  const Profile& p = page.profile;
  const Figures& n = page.figures;
  std::vector<std::uint32_t> order;
  std::vector<bool> exact(p.files.size(), true);
  for (std::uint32_t i = 0; i < p.files.size(); ++i)
    if (p.files[i].ml) order.push_back(i);
  if (order.empty()) return {};
  for (const Profile::Function& f : p.functions)
    if (is_ml(f) && f.file < p.files.size() && !f.calls_exact) exact[f.file] = false;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(p.files[b].self_ns, std::string_view(p.files[a].name)) <
           std::tuple(p.files[a].self_ns, std::string_view(p.files[b].name));
  });
  Rows rows;
  Others others;
  const auto row = [&](std::string name, std::uint64_t time, std::uint64_t percent, std::uint64_t calls,
                       bool counted, std::uint64_t memory) {
    rows.push_back({std::move(name), seconds(time), percent_cell(percent), calls_cell(page, calls, counted)});
    if (page.memory()) rows.back().push_back(n.memory(memory));
  };
  for (const std::uint32_t i : order) {
    const Profile::File& f = p.files[i];
    if (rows.size() < kTopFiles) {
      row(cut(f.name, kPipeName), n.files[i], n.file_percents[i], f.calls, exact[i], n.file_memory[i]);
      continue;
    }
    ++others.rows;
    others.time += n.files[i];
    others.percent += n.file_percents[i];
    others.calls += f.calls;
    others.memory += n.file_memory[i];
    others.exact = others.exact && exact[i];
  }
  if (others.rows != 0)
    row(others.name("file"), others.time, others.percent, others.calls, others.exact, others.memory);
  std::vector<Column> columns = {{"File", 37}, {"Time", 6, true}, {"% ML", 6}, {"Calls", 6, true}};
  if (page.memory()) columns.push_back({"Memory", 7});
  return pipe_table(columns, rows);
}

std::string remarks(const Page& page) {
  const Profile& p = page.profile;
  std::string text;
  std::string error = p.outcome.error, file = p.outcome.file;
  std::uint32_t line = p.outcome.line;
  if (p.run.error) {
    error = p.run.error->type + (p.run.error->message.empty() ? "" : ": ") + p.run.error->message;
    file = p.run.error->file;
    line = p.run.error->line;
  }
  if (!error.empty()) {
    text += "Program failed: " + trimmed(error);
    const auto known =
        std::find_if(p.files.begin(), p.files.end(), [&](const auto& f) { return f.path == file; });
    if (known != p.files.end()) file = known->name;
    if (!file.empty()) text += " (" + file + ':' + std::to_string(line) + ')';
    text += '\n';
  }
  if (p.samples < kFewSamples && p.collection.time != How::exact)
    text += "Only " + std::to_string(p.samples) + plural(p.samples, "sample") + ": shares are not firm\n";
  return text;
}

}  // namespace ml::profiler::report
