#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/program.h"
#include "cli/project/project_file.h"

namespace ml::cli {

struct LoadedSource {
  std::filesystem::path file;  // absolute
  std::string text;
};

// Reads a source file for a command. On failure tells the user what is wrong, with similar names of the
// folder when the file is missing, and returns nothing; the command then ends with kUsage.
std::optional<LoadedSource> load_source(const std::string& file);

// The project file for a program (absolute), as load_project_file() tells the user of it.
std::optional<ProjectFile> project_of(const SourceOptions& source, const std::filesystem::path& file,
                                      bool quiet = false);

CompileOptions compile_options(const SourceOptions& source, const ProjectFile& project);

// The same for a program (absolute) that is compiled, not run: with the names of the modules written in
// Python in the folders of the options, of the environment, or of the project file if it is trusted already.
// Nothing when the project file cannot be used; the command then ends with kUsage.
std::optional<CompileOptions> compile_options_with_extensions(const SourceOptions& source,
                                                              const std::filesystem::path& file);

}  // namespace ml::cli
