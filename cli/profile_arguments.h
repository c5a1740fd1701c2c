#pragma once

#include <CLI/CLI.hpp>

#include "cli/profile_plan.h"

namespace ml::cli {

// The options of profiler-reports.md 7.1 on a command that can be profiled.
void add_profile_options(CLI::App* command, ProfileOptions& options);

// `mlpy profile ...`, `profiling`, `profile-report` and `clear-profiles`. They set `status` when they run.
void add_profile_commands(CLI::App& app, int& status);

}  // namespace ml::cli
