#include "cli/commands/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands/commands.h"
#include "cli/commands/profile_reports.h"
#include "cli/generated_places.h"
#include "cli/project.h"
#include "cli/saved_runs.h"
#include "profiler/figures/wording.h"
#include "profiler/history/compare.h"

namespace ml::cli {
namespace history = profiler::history;
using profiler::Profile;
namespace {

// Own peaks are no column of a report: they happen at different instants and do not add up.
std::string peaks_text(const Profile& profile) {
  std::vector<const Profile::Function*> functions;
  for (const Profile::Function& f : profile.functions)
    if (f.category == profiler::Category::ml_code && f.own_peak_bytes > 0) functions.push_back(&f);
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto* a, const auto* b) { return a->own_peak_bytes > b->own_peak_bytes; });
  std::string text = "\nOwn Peaks (most bytes of a function live at one time):\n";
  if (functions.empty()) return text + "  Memory was not measured.\n";
  std::size_t width = 0;
  for (const auto* f : functions)
    width = std::max(width, f->name.size() + 3 + profiler::place_of(profile, *f).size());
  for (const auto* f : functions)
    text +=
        fmt::format("  {:<{}}  {:>10}\n", fmt::format("{} ({})", f->name, profiler::place_of(profile, *f)),
                    width, profiler::bytes_text(f->own_peak_bytes));
  return text;
}

// Of the program as it is now: in the project of the current folder, or in a folder that was profiled lately.
profiler::report::GeneratedPlace places_now(const Profile& profile) {
  std::error_code failed;
  std::filesystem::path root = std::filesystem::current_path(failed);
  for (const std::filesystem::path& archive : archive_folders_here())
    if (std::filesystem::exists(archive.parent_path() / profile.run.program, failed)) {
      root = archive.parent_path();
      break;
    }
  return generated_places(profile, (root / profile.run.program).lexically_normal(), root, {});
}

}  // namespace

int show_command(const ShowOptions& options) {
  ProfileOptions wanted = options.profile;
  wanted.profile = true;
  const auto plan = plan_profile(wanted);
  if (!plan) return kUsage;
  const auto profile = SavedRuns().load(options.run);
  if (!profile) return kUsage;
  ShownRun shown;
  shown.program = profile->run.program;
  shown.saved_profile = true;
  if (plan->options.raw_frames == "python") shown.raw_frames = places_now(*profile);
  if (!plan->options.output.empty()) return write_reports(*profile, *plan, shown) ? kOk : kFailed;
  fmt::print("{}", report_text(*profile, *plan, shown));
  if (options.peaks) fmt::print("{}", peaks_text(*profile));
  return kOk;
}

int lines_command(const LinesOptions& options) {
  const auto profile = SavedRuns().load(options.run);
  if (!profile) return kUsage;
  profiler::report::LineSelection selection;
  selection.function = options.function;
  selection.file = options.file;
  if (options.top > 0) selection.top = static_cast<std::size_t>(options.top);
  const std::string text = profiler::report::line_report(*profile, selection);
  if (text.empty()) {
    if (options.function.empty() && options.file.empty()) {
      fmt::print("No lines were measured in this run.\n");
      return kOk;
    }
    fmt::print(stderr, "mlpy: run {} has no measured function{}{}{}{}\n", profile->run.id,
               options.function.empty() ? "" : " ", options.function, options.file.empty() ? "" : " in ",
               options.file);
    return kUsage;
  }
  fmt::print("{}", text);
  return kOk;
}

int export_command(const ExportOptions& options) {
  const auto format = export_format(options.format);
  if (!format) return kUsage;
  profiler::exports::Options how;
  if (options.weight == "bytes") {
    how.weight = profiler::exports::Weight::bytes;
  } else if (options.weight != "time") {
    fmt::print(stderr, "mlpy: unknown weight '{}'; known: time, bytes\n", options.weight);
    return kUsage;
  }
  if (!options.output.empty() && options.output != "-" && !can_be_written(options.output)) return kUsage;
  const auto profile = SavedRuns().load(options.run);
  if (!profile) return kUsage;
  return write_export(*profile, {*format, options.output}, how) ? kOk : kFailed;
}

int compare_command(const CompareCommand& options) {
  const auto middle = std::find(options.runs.begin(), options.runs.end(), kOtherSide);
  const bool sides = middle != options.runs.end();
  std::vector<std::string> before(options.runs.begin(), middle), after;
  if (sides) {
    after.assign(middle + 1, options.runs.end());
  } else if (before.size() == 2) {
    after.push_back(std::move(before.back()));
    before.pop_back();
  }
  if (before.empty() || after.empty() || std::find(after.begin(), after.end(), kOtherSide) != after.end()) {
    fmt::print(stderr, "mlpy: compare needs two runs, or several on each side of '--': A1 A2 -- B1 B2\n");
    return kUsage;
  }
  const auto metric = history::metric_of(options.metric);
  if (!metric) {
    fmt::print(stderr, "mlpy: unknown metric '{}'; known: self, cum, calls, memory\n", options.metric);
    return kUsage;
  }
  if (!(options.threshold >= 0) || !(options.min_ms >= 0) ||
      (options.fail_over && !(*options.fail_over >= 0))) {
    fmt::print(stderr, "mlpy: --threshold, --min-time and --fail-over must not be negative\n");
    return kUsage;
  }
  const SavedRuns saved;
  const auto load = [&](const std::vector<std::string>& names) {
    std::vector<Profile> profiles;
    for (const std::string& name : names) {
      auto profile = saved.load(name);
      if (!profile) return std::vector<Profile>();
      profiles.push_back(std::move(*profile));
    }
    return profiles;
  };
  const auto a = load(before);
  if (a.empty()) return kUsage;
  const auto b = load(after);
  if (b.empty()) return kUsage;
  history::CompareOptions how;
  how.threshold = options.threshold;
  how.min_ns = static_cast<std::uint64_t>(std::min(options.min_ms, 1e9) * 1e6);
  how.metric = *metric;
  const history::Comparison comparison = history::compare(a, b, how);
  if (options.json)
    fmt::print("{}\n", history::comparison_json(comparison));
  else
    fmt::print("{}", history::comparison_text(comparison));
  if (options.fail_on_regression && comparison.regressed()) return kFailed;
  if (options.fail_over && comparison.worse_by(*options.fail_over)) return kFailed;
  return kOk;
}

}  // namespace ml::cli
