#pragma once

#include <filesystem>

#include "cli/program.h"
#include "profiler/model/profile.h"
#include "profiler/report/report.h"

namespace ml::cli {

// Where the functions of a profile stand in the generated Python (`--raw-frames python`): compiles the
// program again. Functions of files that changed since the run keep their ML places, after telling the user.
// `main_file` is absolute, `root` the folder that the profile's paths start from.
profiler::report::GeneratedPlace generated_places(const profiler::Profile& profile,
                                                  const std::filesystem::path& main_file,
                                                  const std::filesystem::path& root,
                                                  const CompileOptions& options);

}  // namespace ml::cli
