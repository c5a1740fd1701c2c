#pragma once

// Modules written in Python (stdlib-io.md section 9), as far as the compiler must know them: their names.

#include <string>
#include <vector>

#include "cli/interpreter.h"

namespace ml::cli {

// Names of the modules in `folders`. The files are parsed by Python, not run; its warnings go to standard
// error.
std::vector<std::string> extension_names(const std::vector<std::string>& folders, const Interpreter& python);

// Changes when a file that may be an extension does: part of cache keys. Empty for no folders.
std::string extension_signature(const std::vector<std::string>& folders);

}  // namespace ml::cli
