#include "cli/commands/run_summary.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace ml::cli {
namespace {

constexpr std::size_t kLongestValue = 200;

// The value of `result` as JSON on one line, cut between characters.
std::string returned(const std::string& told) {
  boost::json::parse_options how;
  how.max_depth = 600;  // more than runtime/python/mlpy/runtime/result.py writes
  boost::system::error_code failed;
  const boost::json::value document = boost::json::parse(told, failed, {}, how);
  const boost::json::value* value =
      failed || !document.is_object() ? nullptr : document.get_object().if_contains("value");
  std::string text = value ? boost::json::serialize(*value) : "null";
  if (text.size() <= kLongestValue) return text;
  std::size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::string run_summary(const sandbox::Outcome& outcome) {
  const double cpu = outcome.wall_seconds > 0 ? 100 * outcome.cpu_seconds / outcome.wall_seconds : 0;
  std::string text = "Execution Summary\n";
  text += fmt::format("  Success:        {}\n", outcome.exit_code == 0 ? "Yes" : "No");
  text += fmt::format("  Return Value:   {}\n", returned(outcome.result));
  text += fmt::format("  Execution Time: {:.3f}s\n", outcome.wall_seconds);
  text += fmt::format("  Memory Usage:   {:.1f} MB\n", static_cast<double>(outcome.peak_bytes) / (1 << 20));
  text += fmt::format("  CPU Usage:      {:.1f}%\n", cpu);
  return text;
}

}  // namespace ml::cli
