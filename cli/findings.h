#pragma once

#include <boost/json/fwd.hpp>

#include "cli/program.h"

namespace ml::cli {

// Findings of all modules, `lowest` and worse, as `check --json` and `run --json` list them: file, line,
// column, end_line, end_column, code, severity, message, hint (null if there is none).
boost::json::array findings_json(const Program& program, Severity lowest);

}  // namespace ml::cli
