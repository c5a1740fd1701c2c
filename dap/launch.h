#pragma once

// The attributes of a launch configuration (editor-protocols.md 6.2).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dap/debuggee.h"
#include "wire/json.h"

namespace ml::dap {

struct LaunchArguments {
  std::string program;            // absolute
  bool profile_attached = false;  // measure from the moment of attaching
  std::string profile_mode;       // then
  std::int64_t profile_keep = 0;  // saved runs of the program; 0: what the project says
  bool stop_on_entry = false, no_debug = false, profile = false;
  std::string profile_open = "lens";
  std::string terminal;  // "integrated", "external"; empty: none
  std::string trace;     // file for the protocol's log
  LaunchPlan plan;
  wire::json::value profile_output;
  std::string profile_baseline;
  std::vector<std::string> import_options;  // of the command line
  wire::json::object agent;                 // what the agent is to know
  std::vector<std::string> step_filters;
  std::vector<std::string> reports;
  std::vector<std::string> warnings;  // for the console
};

// Those of an attach request.
LaunchArguments read_attach(const wire::json::object& arguments, std::string& problem);

// The arguments, or in `problem` a sentence about what is wrong.
// `scratch`: the session's folder.
LaunchArguments read_launch(const wire::json::object& arguments, const std::string& scratch,
                            std::string& problem);

}  // namespace ml::dap
