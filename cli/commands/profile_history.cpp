#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <map>

#include "cli/commands/commands.h"
#include "cli/commands/profile.h"
#include "cli/project.h"
#include "cli/saved_runs.h"
#include "core/text/nearest.h"
#include "profiler/history/text.h"
#include "profiler/history/trend.h"
#include "profiler/report/table.h"

namespace ml::cli {
namespace history = profiler::history;
namespace json = boost::json;
using history::Run;
namespace {

json::object as_json(const Run& run) {
  return {{"id", run.id},
          {"started_unix_ns", run.started_unix_ns},
          {"date", history::date_time(run.started_unix_ns)},
          {"kind", run.kind},
          {"program", run.program},
          {"mode", run.mode},
          {"host", run.host},
          {"exit_code", run.exit_code ? json::value(*run.exit_code) : json::value()},
          {"complete", run.complete},
          {"total_ns", run.total_ns},
          {"ml_ns", run.ml_ns},
          {"overhead_ns", run.overhead_ns},
          {"stdlib_ns", run.stdlib_ns},
          {"peak_bytes", run.has_memory ? json::value(run.peak_bytes) : json::value()}};
}

int removed(std::size_t n) {
  fmt::print("{} saved run{} removed.\n", n, n == 1 ? "" : "s");
  return kOk;
}

history::TrendPoint point_of(const Run& run, std::uint64_t value) {
  history::TrendPoint point;
  point.run = run.id;
  point.started_unix_ns = run.started_unix_ns;
  point.host = run.host;
  point.mode = run.mode;
  point.value = value;
  point.peak_bytes = run.peak_bytes;
  point.has_memory = run.has_memory;
  return point;
}

int print_trend(const history::Trend& trend, bool as_json) {
  if (as_json)
    fmt::print("{}\n", history::trend_json(trend));
  else
    fmt::print("{}", history::trend_text(trend));
  return kOk;
}

bool known_metric(const std::string& metric, bool function) {
  if (metric == "peak" || metric == "self" || (!function && (metric == "total" || metric == "ml")))
    return true;
  fmt::print(stderr, "mlpy: unknown metric '{}'; known: {}\n", metric,
             function ? "self, peak" : "total, ml, peak");
  return false;
}

// One value a run for a function: the newest run with a function of that name says in which file it is.
int function_trend(SavedRuns& saved, const TrendOptions& options) {
  const std::string metric = options.metric.empty() ? "self" : options.metric;
  if (!known_metric(metric, true)) return kUsage;
  const auto costs = saved.costs(options.function);
  std::map<std::string, const history::FunctionCost*> by_run;
  const auto runs = saved.of(options.subject, 0);
  std::string file, name, program;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    for (const auto& cost : costs) {
      if (cost.run != (*run)->id) continue;
      if (file.empty()) file = cost.file, name = cost.name, program = (*run)->program;
      if (cost.file == file && cost.name == name && (*run)->program == program)
        by_run.try_emplace(cost.run, &cost);
    }
  }
  if (by_run.empty()) {
    fmt::print(stderr, "mlpy: no saved run has a function '{}'\n", options.function);
    Nearest near(options.function);
    const auto names = saved.function_names();
    for (const std::string& known : names) near.offer(known);
    if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
    return kUsage;
  }
  history::Trend trend;
  trend.subject = fmt::format("{} ({})", name, file);
  trend.metric = metric;
  trend.bytes = metric == "peak";
  for (const Run* run : runs) {
    const auto cost = by_run.find(run->id);
    if (cost == by_run.end()) continue;
    trend.points.push_back(point_of(*run, trend.bytes ? cost->second->at_peak_bytes : cost->second->self_ns));
  }
  if (options.last > 0 && trend.points.size() > static_cast<std::size_t>(options.last))
    trend.points.erase(trend.points.begin(), trend.points.end() - options.last);
  return print_trend(trend, options.json);
}

}  // namespace

int list_command(const ListOptions& options) {
  const SavedRuns saved;
  auto runs = saved.of(options.file, options.last);
  std::reverse(runs.begin(), runs.end());
  saved.tell_damage(runs);
  if (options.json) {
    json::array all;
    for (const Run* run : runs) all.push_back(as_json(*run));
    fmt::print("{}\n", json::serialize(json::object{{"runs", std::move(all)}}));
    return kOk;
  }
  if (runs.empty()) {
    fmt::print("No saved runs{}. Run a program with --profile first.\n",
               options.file.empty() ? "" : " of " + options.file);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Run* run : runs) {
    const std::string peak =
        run->has_memory ? history::MemoryUnit(run->peak_bytes)(run->peak_bytes) : std::string("-");
    rows.push_back({run->id + (run->complete ? "" : " (partial)"), history::date_time(run->started_unix_ns),
                    run->program, history::time_text(run->total_ns), history::time_text(run->ml_ns), peak});
  }
  fmt::print("{}", profiler::report::pipe_table({{"Run", 20},
                                                 {"Date (UTC)", 19},
                                                 {"Program", 10},
                                                 {"Total", 6, true},
                                                 {"ML", 6, true},
                                                 {"Peak", 7, true}},
                                                rows));
  return kOk;
}

int history_command(const TrendOptions& options) {
  SavedRuns saved;
  if (!options.function.empty()) return function_trend(saved, options);
  const std::string metric = options.metric.empty() ? "total" : options.metric;
  if (metric == "self") {
    fmt::print(stderr, "mlpy: the metric 'self' needs --function NAME\n");
    return kUsage;
  }
  if (!known_metric(metric, false)) return kUsage;
  const auto runs = saved.of(options.subject, options.last);
  if (runs.empty()) {
    fmt::print(stderr, "mlpy: no saved runs of '{}'\n", options.subject);
    Nearest near(options.subject);
    for (const Run& run : saved.all()) near.offer(run.program);
    if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
    return kUsage;
  }
  history::Trend trend;
  trend.subject = options.subject;
  trend.metric = metric;
  trend.bytes = metric == "peak";
  for (const Run* run : runs)
    trend.points.push_back(point_of(*run, metric == "total" ? run->total_ns
                                          : metric == "ml"  ? run->ml_ns
                                                            : run->peak_bytes));
  return print_trend(trend, options.json);
}

int trend_command(const TrendOptions& options) {
  SavedRuns saved;
  return function_trend(saved, options);
}

int delete_command(const DeleteOptions& options) {
  SavedRuns saved;
  std::vector<const Run*> runs;
  for (const std::string& name : options.runs) {
    const Run* run = saved.find(name);
    if (run == nullptr) return kUsage;  // nothing is deleted when one name is wrong
    if (std::find(runs.begin(), runs.end(), run) == runs.end()) runs.push_back(run);
  }
  return removed(saved.remove(runs));
}

int clear_command(const ClearOptions& options) {
  SavedRuns saved;
  auto runs = saved.of(options.file, 0);
  if (options.days) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double now_ns = static_cast<double>(std::chrono::nanoseconds(now).count());
    std::erase_if(runs, [&](const Run* run) {
      return now_ns - static_cast<double>(run->started_unix_ns) < *options.days * 86400e9;
    });
  }
  return removed(saved.remove(runs));
}

int gc_command(const GcOptions& options) {
  SavedRuns saved;
  history::Keep keep;
  std::error_code failed;
  const int wanted =
      options.keep > 0 ? options.keep : project_profile(std::filesystem::current_path(failed)).keep;
  if (wanted > 0) keep.per_program = static_cast<std::size_t>(wanted);
  return removed(saved.tidy(keep));
}

}  // namespace ml::cli
