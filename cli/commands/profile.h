#pragma once

// The commands about saved profiles (profiler-reports.md 7.2-7.4, cli-and-python-api.md 1.7). Each returns
// the exit code of the process. RUN is a run's id or unique beginning, a `.mlprof` file, a program (its
// newest run), `last` or `last:N`.

#include <optional>
#include <string>
#include <vector>

#include "cli/profile_plan.h"

namespace ml::cli {

// For the debug adapter (dap/profile.h): saves the profile of a capture of a run that may go on, and prints
// where.
struct CaptureOptions {
  std::string capture;
  std::vector<std::string> files;  // absolute: the program, then its modules
  std::string save;                // empty: the project's archive
  int keep = 0;                    // saved runs of the program; 0: what the project says
  bool debugged = false;
};
int capture_command(const CaptureOptions& options);

struct ShowOptions {
  std::string run;
  ProfileOptions profile;  // which reports, and how
  bool peaks = false;
};
int show_command(const ShowOptions& options);

struct LinesOptions {
  std::string run, function, file;
  int top = 0;  // 0: 5
};
int lines_command(const LinesOptions& options);

struct ExportOptions {
  std::string run, format, output, weight = "time";
};
int export_command(const ExportOptions& options);

// Stands for `--` between the runs of a comparison.
inline constexpr const char* kOtherSide = "\x01--";

struct CompareCommand {
  std::vector<std::string> runs;  // A B, or A1 A2 ... kOtherSide B1 B2 ...
  double threshold = 10.0, min_ms = 1.0;
  std::string metric = "self";
  bool json = false, fail_on_regression = false;
  std::optional<double> fail_over;
};
int compare_command(const CompareCommand& options);

struct ListOptions {
  std::string file;
  int last = 0;  // 0: all
  bool json = false;
};
int list_command(const ListOptions& options);

struct TrendOptions {
  std::string subject;  // program or file
  std::string function;
  std::string metric;  // empty: total, or self for a function
  int last = 0;
  bool json = false;
};
int history_command(const TrendOptions& options);
int trend_command(const TrendOptions& options);

struct DeleteOptions {
  std::vector<std::string> runs;
};
int delete_command(const DeleteOptions& options);

struct ClearOptions {
  std::optional<double> days;
  std::string file;
};
int clear_command(const ClearOptions& options);

struct GcOptions {
  int keep = 0;  // 0: as configured
};
int gc_command(const GcOptions& options);

struct ProfilingOptions {
  bool enable = false, disable = false;
};
int profiling_command(const ProfilingOptions& options);

struct ProfileReportOptions {
  int last = 0;
  bool json = false;
};
int profile_report_command(const ProfileReportOptions& options);
int clear_profiles_command();

}  // namespace ml::cli
