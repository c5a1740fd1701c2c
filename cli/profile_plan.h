#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "profiler/export/export.h"
#include "profiler/report/report.h"

namespace ml::cli {

// What the user asked of the profiler (profiler-reports.md 7.1), as written on the command line.
struct ProfileOptions {
  bool profile = false;
  std::vector<std::string> reports;  // names, also "all"
  std::string output;                // file for the reports; empty: standard output
  std::string mode;                  // empty: as the project says, else auto
  double interval_ms = 0;            // 0: chosen by the profiler
  bool no_memory = false, lines = false, timeline = false, arguments = false;
  std::string save;  // file for the profile; empty: the project's archive
  bool no_save = false;
  int keep = 0;       // saved runs of the program; 0: what the project says
  std::string place;  // for the debug adapter: print nothing, write into this file where the profile went
  std::vector<std::string> exports;  // FORMAT or FORMAT=FILE
  std::string raw_frames = "ml";
  bool ascii = false;
  std::string config;  // project file; empty: the one found

  // Profiling, or something that needs it, was asked for on the command line.
  bool wanted() const;
};

struct ExportRequest {
  profiler::exports::Format format;
  std::string file;  // empty: named after the run
};

// The options once they are known to make sense and every file they name can be written.
struct ProfilePlan {
  bool collect = false;
  bool quiet = false;  // collected because profiling is enabled: nothing is printed
  std::vector<profiler::report::Kind> reports;
  std::vector<ExportRequest> exports;
  ProfileOptions options;
};

// Tells the user what is wrong and returns nothing, better before the program runs than after: unknown names
// (with the nearest one), values out of range, files that cannot be written. Parent folders of files are
// made. What the options leave open the `profile` section of the project file of `program` decides, if there
// is one (cli-and-python-api.md 4).
std::optional<ProfilePlan> plan_profile(const ProfileOptions& options,
                                        const std::filesystem::path& program = {});

// The report kinds called by these names, each once, or nothing after telling the user.
std::optional<std::vector<profiler::report::Kind>> report_kinds(const std::vector<std::string>& names);
// The same for an export format.
std::optional<profiler::exports::Format> export_format(const std::string& name);

// False after telling the user why `file` cannot be written.
bool can_be_written(const std::string& file);

}  // namespace ml::cli
