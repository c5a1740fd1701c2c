#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ml::dap {

// The `mlpy` program of this installation, or of the one at `tool`: a program, or a folder that has it.
std::string tool_program(const std::string& tool);

// Runs a program in `folder` to its end and gives what it printed; nothing when it failed, with what it said
// on standard error in `problem`.
std::optional<std::string> run_tool(const std::vector<std::string>& command, const std::string& folder,
                                    std::string& problem);

}  // namespace ml::dap
