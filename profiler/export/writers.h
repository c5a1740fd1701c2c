#pragma once

#include <string>

#include "profiler/export/export.h"

// One function per format; each returns the whole file.
namespace ml::profiler::exports {

std::string pstats(const Profile& profile);
std::string collapsed(const Profile& profile, Weight weight);
std::string speedscope(const Profile& profile);
std::string pprof(const Profile& profile);  // gzip-compressed
std::string trace_events(const Profile& profile);
std::string cpuprofile(const Profile& profile);
std::string callgrind(const Profile& profile);
std::string function_table(const Profile& profile);  // CSV
std::string flame_page(const Profile& profile);      // HTML without any reference to the network
std::string flame_picture(const Profile& profile);   // SVG
std::string figures_json(const Profile& profile);    // what reports print, as numbers (docs/profiling.md)

}  // namespace ml::profiler::exports
