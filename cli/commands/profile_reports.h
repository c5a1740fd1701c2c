#pragma once

#include <string>

#include "cli/commands/commands.h"

namespace ml::cli {

// Tells the user and returns false when a report that was asked for is unknown or its file cannot be written:
// better before the program runs than after.
bool reports_can_be_written(const RunOptions& options);

// Prints the reports of a capture after the output of the program, which ended with `status` (launch.h), or
// writes them to options.profile_output. False when that failed (the user has been told).
bool write_reports(const std::string& capture_file, int status, const RunOptions& options);

}  // namespace ml::cli
