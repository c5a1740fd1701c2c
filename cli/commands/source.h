#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/program.h"

namespace ml::cli {

struct LoadedSource {
  std::filesystem::path file;  // absolute
  std::string text;
};

// Reads a source file for a command. On failure tells the user what is wrong, with similar names of the
// folder when the file is missing, and returns nothing; the command then ends with kUsage.
std::optional<LoadedSource> load_source(const std::string& file);

CompileOptions compile_options(const SourceOptions& source);

}  // namespace ml::cli
