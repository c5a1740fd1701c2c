#pragma once

// What a debug session tells of a measured program: the event `mlpy/profile` and the reports
// (editor-protocols.md 6.6 and 6.7). Values only; dap/profiling.cpp decides when.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/model/profile.h"
#include "wire/json.h"

namespace ml::dap {

struct Measured {
  profiler::Profile profile;
  std::string path;  // of its .mlprof file
};

// Nothing, and why in `problem`, when the file is no profile.
std::optional<Measured> read_measured(const std::string& path, std::string& problem);

// `run` and `top` of the event. `place` makes the path of a file the profile names absolute.
using Place = std::function<std::string(const std::string&)>;
wire::json::object run_info(const profiler::Profile& profile, bool debugged, std::uint64_t paused_ns);
wire::json::array top_functions(const profiler::Profile& profile, const Place& place);

struct ReportLine {
  std::string text;  // with its line end
  std::string file;  // as the report has it; empty: none
  int line = 0;      // from 1
};
// A report by its name (`ml-summary` ...), line by line.
std::vector<ReportLine> report_lines(const profiler::Profile& profile, std::string_view report);

// Writes what `profileOutput` asks for: a file whose extension says in which form, a folder (it ends in a
// separator) for the reports' texts, or an object of report -> file. Relative names are below `folder`. Gives
// the report -> file pairs that were written (the report is empty for other forms), or why one could not be.
struct Written {
  std::string report, path;
};
std::vector<Written> write_outputs(const profiler::Profile& profile, const std::vector<std::string>& reports,
                                   const wire::json::value& output, const std::string& folder,
                                   std::string& problem);

}  // namespace ml::dap
