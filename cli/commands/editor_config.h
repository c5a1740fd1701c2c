#pragma once

// `mlpy editor-config NAME`: prints what an editor needs to know about mlpy, as it stands in editors/.

#include <string>
#include <vector>

namespace ml::cli {

std::vector<std::string> editor_names();  // as the command takes them
// Writes to standard output. Usage error when the name is none of these.
int editor_config_command(const std::string& name);

}  // namespace ml::cli
