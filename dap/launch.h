#pragma once

// The attributes of a launch configuration (editor-protocols.md 6.2).

#include <string>
#include <string_view>
#include <vector>

#include "dap/debuggee.h"
#include "wire/json.h"

namespace ml::dap {

struct LaunchArguments {
  std::string program;  // absolute
  bool stop_on_entry = false, no_debug = false, profile = false;
  std::string profile_open = "lens";
  LaunchPlan plan;
  std::string saved_profile;  // where `mlpy run` is told to save the profile
  std::vector<std::string> reports;
  std::vector<std::string> warnings;  // for the console
};

// The arguments, or in `problem` a sentence about what is wrong.
LaunchArguments read_launch(const wire::json::object& arguments, std::string& problem);

}  // namespace ml::dap
