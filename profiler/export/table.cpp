#include <fmt/format.h>

#include <iterator>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

// RFC 4180.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

constexpr std::string_view kKinds[] = {"ml", "guard", "phase", "library", "import"};

}  // namespace

std::string function_table(const Profile& profile) {
  std::string text =
      "name,file,line,kind,category,calls,primitive_calls,calls_exact,self_ns,cum_ns,wait_ns,samples,at_peak_"
      "bytes,"
      "own_peak_bytes,end_bytes,alloc_bytes,alloc_count\n";
  for (const Profile::Function& f : profile.functions) {
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   field(f.name), f.file == kNone ? "" : field(profile.files[f.file].path), f.line,
                   kKinds[static_cast<std::size_t>(f.kind)],
                   kCategoryIds[static_cast<std::size_t>(f.category)], f.calls, f.primitive_calls,
                   f.calls_exact, f.self_ns, f.cum_ns, f.wait_ns, f.samples, f.at_peak_bytes,
                   f.own_peak_bytes, f.end_bytes, f.alloc_bytes, f.alloc_count);
  }
  return text;
}

}  // namespace ml::profiler::exports
