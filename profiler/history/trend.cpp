#include "profiler/history/trend.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "profiler/history/text.h"
#include "profiler/report/table.h"

namespace ml::profiler::history {
namespace {

constexpr std::size_t kBar = 30;

std::string title(const std::string& metric) {
  if (metric == "total") return "Total";
  if (metric == "ml") return "ML";
  if (metric == "peak") return "Peak";
  return "Self";
}

// Change of each point from the one before it that can be compared; none for the first and for others.
std::vector<std::optional<double>> changes(const Trend& t) {
  std::vector<std::optional<double>> all(t.points.size());
  std::size_t previous = t.points.size();
  for (std::size_t i = 0; i < t.points.size(); ++i) {
    if (t.other(i)) continue;
    if (previous < i) all[i] = change(t.points[previous].value, t.points[i].value);
    previous = i;
  }
  return all;
}

}  // namespace

bool Trend::other(std::size_t i) const {
  return points[i].host != points.back().host || points[i].mode != points.back().mode;
}

std::size_t Trend::memory_growth() const {
  std::vector<std::uint64_t> peaks;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!other(i) && points[i].has_memory) peaks.push_back(points[i].peak_bytes);
  std::size_t n = peaks.empty() ? 0 : 1;
  while (n < peaks.size() && peaks[peaks.size() - n - 1] < peaks[peaks.size() - n]) ++n;
  if (n < 5) return 0;
  return peaks.back() * 5 > peaks[peaks.size() - n] * 6 ? n : 0;
}

std::string trend_text(const Trend& t) {
  std::uint64_t most = 0;
  for (const TrendPoint& p : t.points) most = std::max(most, p.value);
  const MemoryUnit unit(most);
  const auto percent = changes(t);
  std::vector<std::vector<std::string>> rows;
  bool others = false;
  for (std::size_t i = 0; i < t.points.size(); ++i) {
    const TrendPoint& p = t.points[i];
    const std::size_t width =
        most == 0 ? 0
                  : static_cast<std::size_t>(
                        std::lround(static_cast<double>(p.value) * kBar / static_cast<double>(most)));
    others = others || t.other(i);
    rows.push_back({p.run + (t.other(i) ? " *" : ""), date_time(p.started_unix_ns),
                    t.bytes ? unit(p.value) : time_text(p.value), signed_percent(percent[i]),
                    std::string(width, '#')});
  }
  const std::string head = title(t.metric);
  std::string text =
      t.subject + "\n\n" +
      report::pipe_table({{"Run", 20}, {"Date (UTC)", 19}, {head, 6, true}, {"Change", 7, true}, {"", kBar}},
                         rows);
  if (others) text += "\n* = on another machine or in another mode: not compared\n";
  if (const std::size_t n = t.memory_growth())
    text += "\nPeak memory has grown in the last " + std::to_string(n) + " runs\n";
  return text;
}

std::string trend_json(const Trend& t) {
  namespace json = boost::json;
  const auto percent = changes(t);
  json::array points;
  for (std::size_t i = 0; i < t.points.size(); ++i) {
    const TrendPoint& p = t.points[i];
    points.push_back(json::object{
        {"run", p.run},
        {"started_unix_ns", p.started_unix_ns},
        {"date", date_time(p.started_unix_ns)},
        {"value", p.value},
        {"change_pct", percent[i] ? json::value(std::round(*percent[i] * 100) / 100) : json::value()},
        {"peak_bytes", p.has_memory ? json::value(p.peak_bytes) : json::value()},
        {"host", p.host},
        {"mode", p.mode},
        {"comparable", !t.other(i)}});
  }
  return json::serialize(json::object{{"schema", "mlpy-trend/1"},
                                      {"subject", t.subject},
                                      {"metric", t.metric},
                                      {"unit", t.bytes ? "bytes" : "nanoseconds"},
                                      {"memory_growth_runs", t.memory_growth()},
                                      {"points", std::move(points)}});
}

}  // namespace ml::profiler::history
