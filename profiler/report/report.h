#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "profiler/model/profile.h"

namespace ml::profiler::report {

// The text reports of profiler-reports.md 3. Pure functions of a profile: whoever has the `.mlprof` file gets
// the same bytes anywhere. Numbers come from profiler/figures, recommendations are Profile::findings; a
// report adds headings and assessments only.

enum class Kind : std::uint8_t { ml_summary, ml_details, dev_summary, dev_details, raw };

// In the order that `all` stands for.
inline constexpr std::array kKinds = {Kind::ml_summary, Kind::ml_details, Kind::dev_summary,
                                      Kind::dev_details, Kind::raw};

std::string_view name_of(Kind kind);                 // "ml-summary"
std::optional<Kind> kind_of(std::string_view name);  // not for "all"
std::string_view title(Kind kind);                   // "ML CODE PERFORMANCE SUMMARY"

// A function's file and line in generated Python, for its file, line and qualified name in ML.
using GeneratedPlace =
    std::function<std::pair<std::string, std::uint32_t>(std::string_view, std::uint32_t, std::string_view)>;

struct ReportOptions {
  bool ascii = false;          // the output cannot show anything else
  GeneratedPlace raw_frames;   // --raw-frames python; empty: ML positions
  std::string program;         // as the user named it; empty: Profile::run.program
  bool no_statements = false;  // the program has nothing to execute; also seen from Profile::File::text
  std::string
      died;  // how the program's process ended early: "killed by signal 9"; empty: as run.exit_code says
};

// The reports in the order asked for, each once, joined as section 2 says. Ends with one newline, raw alone
// or last with three as pstats prints them. A run that left no capture is an empty profile that is not
// complete.
std::string render(const Profile& profile, std::span<const Kind> kinds, const ReportOptions& options = {});
std::string render(const Profile& profile, Kind kind, const ReportOptions& options = {});

struct LineSelection {
  std::string function;  // qualified name, or its last part; empty: any
  std::string file;      // path, or as reports show it, or the path's end; empty: any
  std::size_t top = 5;   // functions at most, most self time first; not used when a function is named
};

// The per-line report (3.7): a table for each function that was selected; empty when none was.
std::string line_report(const Profile& profile, const LineSelection& selection = {});

}  // namespace ml::profiler::report
