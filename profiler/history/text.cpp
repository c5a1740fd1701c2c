#include "profiler/history/text.h"

#include <cstdio>
#include <ctime>

#include "profiler/figures/wording.h"

namespace ml::profiler::history {

std::string signed_percent(std::optional<double> percent) {
  if (!percent) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%+.1f%%", *percent);
  // What rounds to nothing is printed as on the way up.
  return std::string_view(text) == "-0.0%" ? "+0.0%" : text;
}

std::optional<double> change(std::uint64_t before, std::uint64_t after) {
  if (before == 0) return after == 0 ? std::optional(0.0) : std::nullopt;
  return (static_cast<double>(after) - static_cast<double>(before)) * 100 / static_cast<double>(before);
}

std::string MemoryUnit::operator()(std::uint64_t bytes) const {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f %s", static_cast<double>(bytes) / (mega ? 1u << 20 : 1u << 10),
                mega ? "MB" : "KB");
  return text;
}

std::string date_time(std::uint64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
  return text;
}

std::string time_text(std::uint64_t ns) { return seconds((ns + 500'000) / 1'000'000); }

}  // namespace ml::profiler::history
