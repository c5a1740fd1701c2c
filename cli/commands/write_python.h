#pragma once

#include <string>

#include "cli/commands/commands.h"

namespace ml::cli {

struct WritePython {
  std::string emit;         // single-file, multi-file
  std::string output = {};  // empty: beside the source
  bool source_maps = false, force = false, quiet = true;
};

// Writes the Python of a program with its modules, as `mlpy compile` does: waits for that command, whose
// messages go to standard error if `quiet`. Its exit code.
int write_python(const SourceOptions& source, const WritePython& how);

}  // namespace ml::cli
