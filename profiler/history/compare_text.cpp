#include <algorithm>
#include <cmath>

#include "profiler/figures/figures.h"
#include "profiler/figures/wording.h"
#include "profiler/history/compare.h"
#include "profiler/history/text.h"
#include "profiler/report/table.h"

namespace ml::profiler::history {
namespace {

constexpr std::size_t kRows = 20;

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text;
}

// "Total Execution Time:   3.000s -> 2.134s  (-28.9%)"
std::string header_line(std::string_view title, const std::string& before, const std::string& after,
                        std::optional<double> percent) {
  std::string text(title);
  text.resize(24, ' ');
  return text + before + " -> " + after + "  (" + signed_percent(percent) + ")\n";
}

// A function's number in the unit its column is printed in: rows add up because these integers do.
class Printed {
 public:
  Printed(const Comparison& c, const Figures& before, const Figures& after)
      : metric_(c.options.metric),
        before_(before),
        after_(after),
        unit_(std::max(c.before.profile.peak_bytes, c.after.profile.peak_bytes)) {}

  std::optional<std::uint64_t> before(const Change& c) const { return units(c.before, c.before_at, before_); }
  std::optional<std::uint64_t> after(const Change& c) const { return units(c.after, c.after_at, after_); }

  std::string text(std::optional<std::uint64_t> units) const {
    if (!units) return "-";
    if (metric_ == Metric::calls) return grouped(*units);
    if (metric_ == Metric::memory) return unit_(*units);
    return seconds(*units);
  }

 private:
  std::optional<std::uint64_t> units(std::optional<std::uint64_t> value, std::uint32_t at,
                                     const Figures& figures) const {
    if (!value) return std::nullopt;
    if (metric_ == Metric::self) return figures.functions[at];
    if (metric_ == Metric::cum) return (*value + 500'000) / 1'000'000;
    return value;
  }

  Metric metric_;
  const Figures &before_, &after_;
  MemoryUnit unit_;
};

std::string where(const Change& c) { return report::located(c.name, c.file, 60); }

}  // namespace

std::string comparison_text(const Comparison& c) {
  const Profile &a = c.before.profile, &b = c.after.profile;
  const Figures before(a), after(b);
  std::string text = std::string(70, '=') + "\nPROFILE COMPARISON\n" + std::string(70, '=') + "\n\n";
  text += "Before: " + joined(c.before.ids) + "   After: " + joined(c.after.ids) + '\n';
  text += header_line("Total Execution Time:", seconds(before.total), seconds(after.total),
                      change(a.total_ns, b.total_ns));
  text += header_line("ML Code Execution Time:", seconds(before.ml), seconds(after.ml),
                      change(a.ml_ns(), b.ml_ns()));
  text += header_line("mlpy Overhead:", seconds(before.overhead), seconds(after.overhead),
                      change(a.overhead_ns(), b.overhead_ns()));
  if (a.has_memory() && b.has_memory()) {
    const MemoryUnit unit(std::max(a.peak_bytes, b.peak_bytes));
    text += header_line("Peak Memory:", unit(a.peak_bytes), unit(b.peak_bytes),
                        change(a.peak_bytes, b.peak_bytes));
  }

  const Printed printed(c, before, after);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(kRows, c.changes.size()); ++i) {
    const Change& row = c.changes[i];
    rows.push_back({where(row), printed.text(printed.before(row)), printed.text(printed.after(row)),
                    signed_percent(row.percent), std::string(word(row.status))});
  }
  if (c.changes.size() > kRows) {
    std::uint64_t from = 0, to = 0, from_exact = 0, to_exact = 0;
    for (std::size_t i = kRows; i < c.changes.size(); ++i) {
      from += printed.before(c.changes[i]).value_or(0);
      to += printed.after(c.changes[i]).value_or(0);
      from_exact += c.changes[i].before.value_or(0);
      to_exact += c.changes[i].after.value_or(0);
    }
    const std::size_t others = c.changes.size() - kRows;
    rows.push_back({"(" + std::to_string(others) + (others == 1 ? " other function)" : " other functions)"),
                    printed.text(from), printed.text(to), signed_percent(change(from_exact, to_exact)), ""});
  }
  if (!rows.empty()) {
    text +=
        '\n' +
        report::pipe_table(
            {{"Function", 37}, {"Before", 6, true}, {"After", 6, true}, {"Change", 7, true}, {"Status", 11}},
            rows);
  }

  std::string notes;
  for (const Change& row : c.changes)
    if (!row.was.empty()) notes += where(row) + " was " + row.was + '\n';
  if (c.noise_percent > 0)
    notes += "single runs: differences under " + std::to_string(std::lround(std::ceil(c.noise_percent))) +
             "% are noise\n";
  for (const Change& row : c.changes) {
    if ((row.status == Status::regression || row.status == Status::improvement) && row.within_noise())
      notes += where(row) + ": the change is within the noise of its samples\n";
  }
  if (!notes.empty()) text += '\n' + notes;
  return text;
}

}  // namespace ml::profiler::history
