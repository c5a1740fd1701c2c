#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "profiler/model/profile.h"

// Profiles in the formats of other tools (profiler-reports.md 6). Pure: everything comes from the Profile.
namespace ml::profiler::exports {

enum class Format : std::uint8_t {
  mlprof,      // our own file
  pstats,      // Python's pstats module, SnakeViz, gprof2dot, tuna
  collapsed,   // flamegraph.pl and its relatives
  speedscope,  // www.speedscope.app
  pprof,       // go tool pprof
  chrome,      // chrome://tracing, Perfetto
  cpuprofile,  // Chrome DevTools, VS Code
  callgrind,   // KCachegrind
  csv,         // functions, exact values
  flamegraph,  // one HTML file to look into
  svg,         // the same as a picture
  json,        // the numbers of the text reports, rounded as there: for dashboards
};

struct FormatName {
  Format format;
  std::string_view name;       // as users type it
  std::string_view extension;  // with its dot
};
inline constexpr std::array<FormatName, 12> kFormats = {{
    {Format::mlprof, "mlprof", ".mlprof"},
    {Format::pstats, "pstats", ".pstats"},
    {Format::collapsed, "collapsed", ".folded"},
    {Format::speedscope, "speedscope", ".speedscope.json"},
    {Format::pprof, "pprof", ".pb.gz"},
    {Format::chrome, "chrome", ".trace.json"},
    {Format::cpuprofile, "cpuprofile", ".cpuprofile"},
    {Format::callgrind, "callgrind", ".callgrind"},
    {Format::csv, "csv", ".csv"},
    {Format::flamegraph, "flamegraph", ".html"},
    {Format::svg, "svg", ".svg"},
    {Format::json, "json", ".json"},
}};

// The format called `name`, or none.
std::optional<Format> format_of(std::string_view name);
std::string_view name_of(Format format);
std::string_view extension(Format format);

// What `format` means for a file of that name: a flame graph called *.svg is the picture.
Format for_file(Format format, std::string_view file);

enum class Weight : std::uint8_t { time, bytes };

struct Options {
  Weight weight = Weight::time;  // of collapsed stacks: time, or bytes allocated
};

// The whole file.
std::string write(Format format, const Profile& profile, const Options& options = {});

}  // namespace ml::profiler::exports
