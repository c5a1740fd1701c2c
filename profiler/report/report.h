#pragma once

#include <string>

#include "profiler/model/profile.h"

namespace ml::profiler::report {

struct ReportOptions {
  bool ascii = false;          // the output cannot show anything else
  std::string program;         // as the user named it
  bool no_statements = false;  // the program has nothing to execute
  std::string died;  // how the program's process ended early: "killed by signal 9"; empty: it did not
};

// The ml-summary of profiler-reports.md 3.1, ending with one newline. Pure.
std::string ml_summary(const Profile& profile, const ReportOptions& options = {});

// The text for a run that left no capture (3.6).
std::string ml_summary_missing(const ReportOptions& options);

}  // namespace ml::profiler::report
