#include "cli/profile_plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/project.h"
#include "core/text/nearest.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace report = profiler::report;
namespace exports = profiler::exports;
namespace {

// "mlpy: unknown report 'ml-sumary'; known: ..." with the nearest name.
void tell_unknown(const char* what, const std::string& name, const std::vector<std::string_view>& known) {
  Nearest near(name);
  for (const std::string_view word : known) near.offer(word);
  fmt::print(stderr, "mlpy: unknown {} '{}'\n", what, name);
  if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
  fmt::print(stderr, "known: {}\n", fmt::join(known, ", "));
}

}  // namespace

bool ProfileOptions::wanted() const {
  return profile || !reports.empty() || !output.empty() || lines || timeline || !save.empty() ||
         !exports.empty();
}

std::optional<std::vector<report::Kind>> report_kinds(const std::vector<std::string>& names) {
  std::vector<report::Kind> kinds;
  const auto add = [&](report::Kind kind) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  };
  for (const std::string& name : names) {
    if (name == "all") {
      for (const report::Kind kind : report::kKinds) add(kind);
    } else if (const auto kind = report::kind_of(name)) {
      add(*kind);
    } else {
      std::vector<std::string_view> known;
      for (const report::Kind k : report::kKinds) known.push_back(report::name_of(k));
      known.push_back("all");
      tell_unknown("report", name, known);
      return std::nullopt;
    }
  }
  return kinds;
}

std::optional<exports::Format> export_format(const std::string& name) {
  if (const auto format = exports::format_of(name)) return format;
  std::vector<std::string_view> known;
  for (const exports::FormatName& f : exports::kFormats) known.push_back(f.name);
  tell_unknown("export format", name, known);
  return std::nullopt;
}

bool can_be_written(const std::string& file) {
  std::error_code failed;
  const fs::path path = fs::absolute(file, failed);
  fs::create_directories(path.parent_path(), failed);
  errno = 0;
  if (!failed) {
    if (fs::is_directory(path))
      errno = EISDIR;
    else if (::access(path.parent_path().c_str(), W_OK) == 0)
      return true;
  }
  fmt::print(stderr, "mlpy: cannot write '{}': {}\n", file, failed ? failed.message() : std::strerror(errno));
  return false;
}

std::optional<ProfilePlan> plan_profile(const ProfileOptions& asked, const fs::path& program) {
  ProfilePlan plan;
  ProfileOptions& options = plan.options;
  options = asked;
  plan.collect = options.wanted();
  if (!plan.collect) plan.collect = plan.quiet = profiling_enabled();
  if (plan.collect && !program.empty()) {
    std::error_code failed;
    const ProfileSettings settings =
        project_profile(fs::absolute(program, failed).parent_path(), options.config);
    if (options.mode.empty()) options.mode = settings.mode;
    if (options.reports.empty() && !plan.quiet) options.reports = settings.reports;
    options.lines = options.lines || settings.lines;
    if (options.keep == 0) options.keep = settings.keep;
  }
  if (options.mode.empty()) options.mode = "auto";
  const auto reports = report_kinds(options.reports);
  if (!reports) return std::nullopt;
  plan.reports = *reports;
  if (!options.place.empty()) plan.collect = plan.quiet = true;
  if (plan.reports.empty() && !plan.quiet) plan.reports.push_back(report::Kind::ml_summary);

  if (!profiler::is_mode(options.mode)) {
    tell_unknown("profile mode", options.mode, {profiler::kModeIds.begin(), profiler::kModeIds.end()});
    return std::nullopt;
  }
  if (options.raw_frames != "ml" && options.raw_frames != "python") {
    tell_unknown("kind of raw frames", options.raw_frames, {"ml", "python"});
    return std::nullopt;
  }
  if (!std::isfinite(options.interval_ms) || options.interval_ms < 0 || options.interval_ms > 10'000) {
    fmt::print(stderr, "mlpy: --profile-interval must be between 0 and 10000 ms\n");
    return std::nullopt;
  }
  if (!options.save.empty() && options.no_save) {
    fmt::print(stderr, "mlpy: --profile-save and --no-profile-save contradict each other\n");
    return std::nullopt;
  }
  for (const std::string& wanted : options.exports) {
    const std::size_t equals = wanted.find('=');
    const auto format = export_format(wanted.substr(0, equals));
    if (!format) return std::nullopt;
    ExportRequest request{*format, equals == std::string::npos ? "" : wanted.substr(equals + 1)};
    if (!request.file.empty() && !can_be_written(request.file)) return std::nullopt;
    plan.exports.push_back(std::move(request));
  }
  if (!options.output.empty() && !can_be_written(options.output)) return std::nullopt;
  if (!options.save.empty() && !can_be_written(options.save)) return std::nullopt;
  return plan;
}

}  // namespace ml::cli
