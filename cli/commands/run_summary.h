#pragma once

#include <string>

#include "runtime/sandbox/process.h"

namespace ml::cli {

// The table of `run --summary` (cli-and-python-api.md 1.3), for a program that was asked for its full result.
std::string run_summary(const sandbox::Outcome& outcome);

}  // namespace ml::cli
