#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/commands/profile.h"
#include "cli/project.h"
#include "cli/saved_runs.h"
#include "profiler/figures/wording.h"
#include "profiler/history/text.h"
#include "profiler/report/table.h"

namespace ml::cli {

int profiling_command(const ProfilingOptions& options) {
  if (options.enable || options.disable) {
    const std::string why = save_settings({options.enable});
    if (!why.empty()) {
      fmt::print(stderr, "mlpy: the setting cannot be kept: {}\n", why);
      return kUsage;
    }
  }
  const bool enabled = profiling_enabled();
  fmt::print("Profiling is {}.\n", enabled ? "enabled: every run saves a profile" : "disabled");
  if (const char* variable = std::getenv("MLPY_PROFILE"); variable && *variable)
    fmt::print("MLPY_PROFILE={} decides; the setting is {}.\n", variable,
               load_settings().profiling ? "enabled" : "disabled");
  return kOk;
}

int profile_report_command(const ProfileReportOptions& options) {
  const SavedRuns saved;
  struct Total {
    std::uint64_t calls = 0, ns = 0, peak = 0;
  };
  std::map<std::pair<std::string, std::string>, Total> totals;  // by file and name
  std::size_t runs = 0;
  bool memory = false;
  for (const auto* run : saved.of("", options.last)) {
    const auto profile = saved.load(*run);
    if (!profile) continue;
    ++runs;
    memory = memory || profile->has_memory();
    for (const auto& f : profile->functions) {
      if (f.category != profiler::Category::ml_code || f.file == profiler::kNone) continue;
      Total& total = totals[{profile->files[f.file].path, f.name}];
      total.calls += f.calls;
      total.ns += f.self_ns;
      total.peak = std::max(total.peak, f.at_peak_bytes);
    }
  }
  std::vector<std::pair<std::pair<std::string, std::string>, Total>> rows(totals.begin(), totals.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.ns > b.second.ns; });
  Total all;
  for (const auto& [place, total] : rows) {
    all.calls += total.calls;
    all.ns += total.ns;
    all.peak = std::max(all.peak, total.peak);
  }
  if (options.json) {
    boost::json::array functions;
    for (const auto& [place, total] : rows)
      functions.push_back(boost::json::object{{"name", place.second},
                                              {"file", place.first},
                                              {"calls", total.calls},
                                              {"self_ns", total.ns},
                                              {"at_peak_bytes", total.peak}});
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"runs", runs},
                                                                  {"total_functions", rows.size()},
                                                                  {"total_calls", all.calls},
                                                                  {"total_ns", all.ns},
                                                                  {"functions", std::move(functions)}}));
    return kOk;
  }
  if (rows.empty()) {
    fmt::print("No profiling data available. Run some commands with --profile first.\n");
    return kOk;
  }
  fmt::print(
      "Profiling Summary\n  Total Functions: {}\n  Total Calls: {}\n  Total Time: {}\n\nFunction "
      "Performance\n",
      profiler::grouped(rows.size()), profiler::grouped(all.calls), profiler::history::time_text(all.ns));
  const profiler::history::MemoryUnit unit(all.peak);
  std::vector<std::vector<std::string>> cells;
  for (const auto& [place, total] : rows)
    cells.push_back({profiler::report::located(place.second, place.first, 60), profiler::grouped(total.calls),
                     profiler::history::time_text(total.ns), profiler::average_ms(total.ns, total.calls),
                     memory ? unit(total.peak) : "-"});
  fmt::print("{}", profiler::report::pipe_table({{"Function", 37},
                                                 {"Calls", 7, true},
                                                 {"Total Time", 10, true},
                                                 {"Avg Time", 8, true},
                                                 {"Memory", 7}},
                                                cells));
  return kOk;
}

int clear_profiles_command() {
  SavedRuns saved;
  saved.remove(saved.of("", 0));
  fmt::print("Profiling data cleared.\n");
  return kOk;
}

}  // namespace ml::cli
