#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "profiler/history/compare.h"
#include "profiler/history/text.h"

namespace ml::profiler::history {
namespace {

namespace json = boost::json;

json::value number(std::optional<std::uint64_t> value) { return value ? json::value(*value) : json::value(); }

// Hundredths are enough, and stay readable.
json::value percent(std::optional<double> value) {
  return value ? json::value(std::round(*value * 100) / 100) : json::value();
}

json::object pair(std::uint64_t before, std::uint64_t after) {
  return {{"before", before}, {"after", after}, {"change_pct", percent(change(before, after))}};
}

json::array names(const std::vector<std::string>& ids) {
  json::array list;
  for (const std::string& id : ids) list.emplace_back(id);
  return list;
}

constexpr std::string_view kMetrics[] = {"self", "cum", "calls", "memory"};

}  // namespace

std::string comparison_json(const Comparison& c) {
  const Profile &a = c.before.profile, &b = c.after.profile;
  json::array functions;
  for (const Change& f : c.changes) {
    functions.push_back(json::object{{"name", f.name},
                                     {"file", f.file},
                                     {"line", f.line},
                                     {"was", f.was.empty() ? json::value() : json::value(f.was)},
                                     {"before", number(f.before)},
                                     {"after", number(f.after)},
                                     {"change_pct", percent(f.percent)},
                                     {"status", word(f.status)},
                                     {"noise_pct", percent(f.noise_percent)},
                                     {"within_noise", f.within_noise()}});
  }
  const bool memory = a.has_memory() && b.has_memory();
  return json::serialize(json::object{
      {"schema", "mlpy-comparison/1"},
      {"before", names(c.before.ids)},
      {"after", names(c.after.ids)},
      {"metric", kMetrics[static_cast<std::size_t>(c.options.metric)]},
      {"threshold_pct", c.options.threshold},
      {"min_time_ns", c.options.min_ns},
      {"noise_pct", percent(c.noise_percent)},
      {"total_ns", pair(a.total_ns, b.total_ns)},
      {"ml_ns", pair(a.ml_ns(), b.ml_ns())},
      {"overhead_ns", pair(a.overhead_ns(), b.overhead_ns())},
      {"peak_bytes", memory ? json::value(pair(a.peak_bytes, b.peak_bytes)) : json::value()},
      {"regressions", std::count_if(c.changes.begin(), c.changes.end(),
                                    [](const Change& f) { return f.status == Status::regression; })},
      {"functions", std::move(functions)}});
}

}  // namespace ml::profiler::history
