#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {

// Format version 1 as in Valgrind's manual ("Callgrind Format Specification"). Costs in nanoseconds.
std::string callgrind(const Profile& profile) {
  struct Call {
    std::uint32_t callee, line;
    std::uint64_t calls, cum_ns;
  };
  std::vector<std::vector<Call>> made(profile.functions.size());
  std::map<std::pair<std::string_view, std::string_view>, int> same;
  for (std::uint32_t i = 0; i < profile.functions.size(); ++i) {
    const Profile::Function& f = profile.functions[i];
    ++same[{file_of(profile, f), f.name}];
    for (const Profile::Caller& c : f.callers)
      if (c.function != kNone) made[c.function].push_back({i, c.line, c.calls, c.cum_ns});
  }
  // A function is known by file and name only.
  const auto name = [&](const Profile::Function& f) {
    return same[{file_of(profile, f), f.name}] == 1 ? f.name : fmt::format("{}:{}", f.name, f.line);
  };
  std::string text =
      fmt::format("# callgrind format\nversion: 1\ncreator: mlpy-{}\ncmd: {}\npositions: line\n",
                  profile.run.mlpy, profile.run.program);
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "events: Time\nsummary: {}\n", profile.total_ns);
  for (std::uint32_t i = 0; i < profile.functions.size(); ++i) {
    const Profile::Function& f = profile.functions[i];
    fmt::format_to(out, "\nfl={}\nfn={}\n", file_of(profile, f), name(f));
    std::uint64_t rest = f.self_ns;
    for (const Profile::Line& line : f.lines) {
      const std::uint64_t ns = std::min(rest, line.self_ns);
      if (ns != 0) fmt::format_to(out, "{} {}\n", line.line, ns);
      rest -= ns;
    }
    if (rest != 0 || f.lines.empty()) fmt::format_to(out, "{} {}\n", f.line, rest);
    for (const Call& c : made[i]) {
      const Profile::Function& callee = profile.functions[c.callee];
      fmt::format_to(out, "cfi={}\ncfn={}\ncalls={} {}\n{} {}\n", file_of(profile, callee), name(callee),
                     c.calls, callee.line, c.line, c.cum_ns);
    }
  }
  return text;
}

}  // namespace ml::profiler::exports
