#include "profiler/export/export.h"

#include "profiler/export/writers.h"
#include "profiler/store/store.h"

namespace ml::profiler::exports {

std::optional<Format> format_of(std::string_view name) {
  for (const FormatName& f : kFormats)
    if (f.name == name) return f.format;
  return std::nullopt;
}

std::string_view name_of(Format format) { return kFormats[static_cast<std::size_t>(format)].name; }
std::string_view extension(Format format) { return kFormats[static_cast<std::size_t>(format)].extension; }

Format for_file(Format format, std::string_view file) {
  return format == Format::flamegraph && file.ends_with(extension(Format::svg)) ? Format::svg : format;
}

std::string write(Format format, const Profile& profile, const Options& options) {
  switch (format) {
    case Format::mlprof: return write_mlprof(profile);
    case Format::pstats: return pstats(profile);
    case Format::collapsed: return collapsed(profile, options.weight);
    case Format::speedscope: return speedscope(profile);
    case Format::pprof: return pprof(profile);
    case Format::chrome: return trace_events(profile);
    case Format::cpuprofile: return cpuprofile(profile);
    case Format::callgrind: return callgrind(profile);
    case Format::csv: return function_table(profile);
    case Format::flamegraph: return flame_page(profile);
    case Format::svg: return flame_picture(profile);
    case Format::json: return figures_json(profile);
  }
  return {};
}

}  // namespace ml::profiler::exports
