#include <algorithm>

#include "profiler/report/figures.h"
#include "profiler/report/report.h"
#include "profiler/report/rules.h"
#include "profiler/report/table.h"

namespace ml::profiler::report {
namespace {

constexpr std::size_t kTopFunctions = 10, kTopFiles = 20;
constexpr std::uint64_t kFewSamples = 20;

std::string title(std::string_view text) {
  const std::string rule(70, '=');
  return rule + '\n' + std::string(text) + '\n' + rule + "\n\n";
}

std::string place(const Profile& p, const Profile::Function& f) {
  return (f.file == kNone ? "?" : p.files[f.file].name) + ':' + std::to_string(f.line);
}

std::string of_total(std::uint64_t percent) { return " (" + tenths(percent) + "%)\n"; }

std::string percent_cell(std::uint64_t percent) {
  const std::string text = tenths(percent) + '%';
  return std::string(text.size() < 6 ? 6 - text.size() : 0, ' ') + text;
}

// A file's name as the tables show it.
std::string shown(const Profile& p, const std::string& path) {
  const auto file =
      std::find_if(p.files.begin(), p.files.end(), [&](const auto& f) { return f.path == path; });
  return file == p.files.end() ? path : file->name;
}

struct Calls {
  std::uint64_t n = 0;
  bool exact = true;
  std::string text() const { return (exact ? "" : "~") + grouped(n); }
};

std::string header(const Profile& p, const Figures& n) {
  std::string text = "Total Execution Time: " + seconds(n.total) + '\n';
  text += "ML Code Execution Time: " + seconds(n.ml) + of_total(n.ml_percent);
  text += "mlpy Overhead: " + seconds(n.overhead) + of_total(n.overhead_percent);
  if (n.library_percent != 0) text += "Python Stdlib: " + seconds(n.library) + of_total(n.library_percent);
  if (!p.outcome.error.empty()) {
    text += "Program failed: " + p.outcome.error;
    if (!p.outcome.file.empty())
      text += " (" + shown(p, p.outcome.file) + ':' + std::to_string(p.outcome.line) + ')';
    text += '\n';
  }
  if (p.samples < kFewSamples)
    text += "Only " + std::to_string(p.samples) + (p.samples == 1 ? " sample" : " samples") +
            ": shares are not firm\n";
  return text;
}

std::string top_functions(const Profile& p, const Figures& n, bool* estimated) {
  std::vector<std::vector<std::string>> rows;
  std::size_t others = 0;
  std::uint64_t other_time = 0;
  Calls other_calls;
  for (std::size_t i = 0; i < p.functions.size(); ++i) {
    const Profile::Function& f = p.functions[i];
    if (f.category != Category::ml_code) continue;
    if (rows.size() < kTopFunctions) {
      const Calls calls{f.calls, f.calls_exact};
      rows.push_back({located(f.name, place(p, f)), seconds(n.functions[i]), calls.text()});
    } else {
      ++others;
      other_time += n.functions[i];
      other_calls.n += f.calls;
      other_calls.exact = other_calls.exact && f.calls_exact;
    }
    *estimated = *estimated || !f.calls_exact;
  }
  if (others != 0)
    rows.push_back({"(" + std::to_string(others) + (others == 1 ? " other function)" : " other functions)"),
                    seconds(other_time), other_calls.text()});
  return "Top ML Functions:\n" + pipe_table({{"Function", 37}, {"Time", 6, true}, {"Calls", 6, true}}, rows);
}

std::string ml_files(const Profile& p, const Figures& n, bool estimated) {
  std::vector<std::vector<std::string>> rows;
  std::size_t others = 0;
  std::uint64_t time = 0, percent = 0, calls = 0;
  for (std::size_t i = 0; i < p.files.size(); ++i) {
    if (i < kTopFiles) {
      rows.push_back({cut(p.files[i].name, 60), seconds(n.files[i]), percent_cell(n.file_percents[i]),
                      Calls{p.files[i].calls, !estimated}.text()});
      continue;
    }
    ++others;
    time += n.files[i];
    percent += n.file_percents[i];
    calls += p.files[i].calls;
  }
  if (others != 0)
    rows.push_back({"(" + std::to_string(others) + (others == 1 ? " other file)" : " other files)"),
                    seconds(time), percent_cell(percent), Calls{calls, !estimated}.text()});
  return "ML Files:\n" + pipe_table({{"File", 37}, {"Time", 6, true}, {"% ML", 6}, {"Calls", 6, true}}, rows);
}

std::string recommendations(const Profile& p, const ReportOptions& options, bool* estimated) {
  const std::string bullet = options.ascii ? "> " : "▸ ", check = options.ascii ? "* " : "✓ ";
  std::string text = "OPTIMIZATION RECOMMENDATIONS:\n\n";
  const std::vector<Recommendation> all = recommend(p);
  for (const Recommendation& r : all) {
    const Profile::Function& f = p.functions[r.function];
    text += bullet + called(f) + " - " + whole_percent(f.self_ns, p.ml_ns()) + " of execution time\n";
    const Calls calls{f.calls, f.calls_exact};
    text += "  - At " + place(p, f) + ": " + calls.text() + (f.calls == 1 ? " call, " : " calls, ") +
            per_call(f.self_ns, f.calls) + " per call\n";
    int advice = 0;
    for (const Finding& finding : r.findings) {
      text += "  - " + finding.text + '\n';
      *estimated = *estimated || finding.estimated;
    }
    for (const Finding& finding : r.findings)
      if (!finding.consider.empty() && advice++ < 2) text += "  - Consider: " + finding.consider + '\n';
    text += '\n';
  }
  if (all.empty()) {
    const auto largest = std::find_if(p.functions.begin(), p.functions.end(),
                                      [](const auto& f) { return f.category == Category::ml_code; });
    text += "  No function stands out; the largest is " + called(*largest) + " (" + place(p, *largest) +
            ") with " + whole_percent(largest->self_ns, p.ml_ns()) + ".\n\n";
  }
  text += check + "Overall Assessment:\n  - ML code is ";
  const std::string share = whole_percent(p.ml_ns(), p.total_ns);
  if (at_least(p.ml_ns(), p.total_ns, 80) && p.ml_ns() * 5 != p.total_ns * 4)
    return text + share + " of the run: changes to the functions above will show\n";
  if (at_least(p.ml_ns(), p.total_ns, 50))
    return text + share +
           " of the run, the rest is mlpy and libraries: gains in the functions above show in part\n";
  return text + "only " + share + " of the run: start-up, libraries or mlpy itself dominate\n";
}

bool ran(const Profile& p) {
  return std::any_of(p.functions.begin(), p.functions.end(),
                     [](const auto& f) { return f.category == Category::ml_code; });
}

constexpr std::string_view kTitle = "ML CODE PERFORMANCE SUMMARY";
constexpr std::string_view kNothing = "No ML user code detected in this profiling session.\n";

}  // namespace

std::string ml_summary(const Profile& p, const ReportOptions& options) {
  std::string text = title(kTitle);
  if (!options.died.empty() || !p.complete) {
    text += "Profiling data is incomplete.\n";
    if (!options.died.empty()) text += "The program was " + options.died + ".\n";
    if (!ran(p)) return text;
    text += '\n';
  } else if (options.no_statements) {
    return text + std::string(kNothing) + "The program " + options.program +
           " contains no executable statements.\n";
  } else if (!ran(p)) {
    text += kNothing;
    if (p.outcome.error.empty())
      return text + "The program " + options.program + " contains no executable statements.\n";
    return text + "It stopped before running: " + p.outcome.error + " (" + p.outcome.file + ':' +
           std::to_string(p.outcome.line) + ':' + std::to_string(p.outcome.column) + ")\n";
  }
  const Figures figures(p);
  bool estimated = false;
  text += header(p, figures) + '\n';
  text += top_functions(p, figures, &estimated) + '\n';
  text += ml_files(p, figures, estimated) + '\n';
  text += recommendations(p, options, &estimated);
  if (estimated) text += "\n~ = estimated\n";
  return text;
}

std::string ml_summary_missing(const ReportOptions& options) {
  std::string text = title(kTitle) + "Profiling data is incomplete.\n";
  if (!options.died.empty()) text += "The program was " + options.died + ".\n";
  return text;
}

}  // namespace ml::profiler::report
