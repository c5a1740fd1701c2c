#include "cli/commands/profile_reports.h"

#include <fmt/format.h>
#include <strings.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/commands/commands.h"
#include "core/base/files.h"
#include "profiler/report/report.h"
#include "profiler/store/store.h"

namespace ml::cli {
namespace report = profiler::report;
namespace json = boost::json;
namespace {

std::string how_it_died(const ShownRun& run) {
  if (!run.ended.empty()) return "ended: " + run.ended;
  if (!run.measured && run.status <= 128) return "not measured";
  if (run.status == kInterrupted) return {};  // the program said so itself, unless its capture breaks off
  if (run.saved_profile || run.status <= 128 || run.status >= 128 + 65) return {};
  return fmt::format("killed by signal {}", run.status - 128);
}

// The console's encoding, as far as the environment names another one: the plain C locale names none.
bool console_has_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* locale = std::getenv(name);
    if (locale == nullptr || *locale == '\0') continue;
    const char* dot = std::strchr(locale, '.');
    if (dot == nullptr) return true;
    std::string encoding(dot + 1, std::strcspn(dot + 1, "@"));
    std::erase(encoding, '-');
    return strcasecmp(encoding.c_str(), "utf8") == 0;
  }
  return true;
}

report::ReportOptions report_options(const ProfilePlan& plan, const ShownRun& run) {
  report::ReportOptions options;
  options.ascii = plan.options.ascii || (plan.options.output.empty() && !console_has_utf8());
  options.program = run.program;
  options.raw_frames = run.raw_frames;
  options.died = how_it_died(run);
  return options;
}

bool written(const std::string& file, std::string_view content) {
  if (write_file_atomically(file, content, true)) return true;
  fmt::print(stderr, "mlpy: cannot write '{}': {}\n", file, std::strerror(errno));
  return false;
}

}  // namespace

std::string report_text(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run) {
  std::string text = report::render(profile, plan.reports, report_options(plan, run));
  if (plan.options.lines) {
    const std::string lines = report::line_report(profile);
    if (!lines.empty()) text += '\n' + lines;
  }
  return text;
}

bool write_export(const profiler::Profile& profile, const ExportRequest& request,
                  const profiler::exports::Options& options) {
  const std::string file = request.file.empty()
                               ? profile.run.id + std::string(profiler::exports::extension(request.format))
                               : request.file;
  const profiler::exports::Format format = profiler::exports::for_file(request.format, file);
  const std::string content = profiler::exports::write(format, profile, options);
  if (file == "-") return std::fwrite(content.data(), 1, content.size(), stdout) == content.size();
  if (!written(file, content)) return false;
  fmt::print(stderr, "Exported to {}\n", file);
  return true;
}

bool write_reports(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run,
                   bool printing) {
  bool good = true;
  if (!plan.reports.empty() && (printing || !plan.options.output.empty())) {
    const std::string text = report_text(profile, plan, run);
    if (plan.options.output.empty()) {
      fmt::print("\n=== PERFORMANCE PROFILING REPORTS ===\n{}", text);
    } else if (written(plan.options.output, text)) {
      if (printing) fmt::print("Profiling report saved to {}\n", plan.options.output);
    } else {
      good = false;
    }
    std::fflush(stdout);
  }
  for (const ExportRequest& request : plan.exports) good = write_export(profile, request) && good;
  return good;
}

std::string profile_json(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run) {
  // The numbers are those of the profile file, without what only tools need.
  json::object numbers = json::parse(profiler::write_mlprof(profile)).as_object();
  for (const char* member : {"stacks", "timeline"}) numbers.erase(member);
  if (json::value* files = numbers.if_contains("files"))
    for (json::value& file : files->as_array()) file.as_object().erase("text_zstd");
  json::object reports;
  report::ReportOptions options = report_options(plan, run);
  options.ascii = plan.options.ascii;  // JSON has an encoding of its own
  for (const report::Kind kind : plan.reports)
    reports[report::name_of(kind)] = report::render(profile, kind, options);
  numbers["reports"] = std::move(reports);
  return json::serialize(numbers);
}

}  // namespace ml::cli
