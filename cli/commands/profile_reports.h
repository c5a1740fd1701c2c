#pragma once

#include <string>
#include <vector>

#include "cli/profile_plan.h"
#include "profiler/model/profile.h"

namespace ml::cli {

// How a run is shown beyond what its profile says.
struct ShownRun {
  std::string program;                               // as the user named it
  int status = 0;                                    // of the process (launch.h)
  std::string ended = {};                            // the limit that ended it from outside, if one did
  bool saved_profile = false;                        // a saved one: nothing is known but the profile
  profiler::report::GeneratedPlace raw_frames = {};  // generated_places.h, when asked for
  bool measured = true;                              // its process left a capture
};

// Prints the plan's reports after the output of the program, or writes them to its file, and its exports.
// False when a file could not be written (the user has been told).
// With `printing` off nothing goes to standard output.
bool write_reports(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run,
                   bool printing = true);

// One text with the reports, ending with a newline.
std::string report_text(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run);

// Writes one export; an empty file name stands for the run's id with the format's extension. False after
// telling the user.
bool write_export(const profiler::Profile& profile, const ExportRequest& request,
                  const profiler::exports::Options& options = {});

// The `profile` member of `run --json`: the numbers, and the text of each report asked for.
std::string profile_json(const profiler::Profile& profile, const ProfilePlan& plan, const ShownRun& run);

}  // namespace ml::cli
