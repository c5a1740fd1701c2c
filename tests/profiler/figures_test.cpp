// What the reports print adds up as printed (profiler-reports.md 2): read back from their texts.
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "profiler/advice/advice.h"
#include "profiler/figures/figures.h"
#include "profiler/figures/wording.h"
#include "profiler/report/report.h"
#include "tests/profiler/adding_profile.h"
#include "tests/profiler/random_profile.h"

using namespace ml::profiler;
using report::Kind;

namespace {

// "1.234s" -> 1234, "12.5 MB" -> 125, "63.4%" -> 634, "~10,000" -> 10000.
std::uint64_t value(const std::string& cell) {
  std::uint64_t n = 0;
  for (const char c : cell)
    if (c >= '0' && c <= '9') n = n * 10 + static_cast<std::uint64_t>(c - '0');
  return n;
}

using Table = std::vector<std::vector<std::string>>;  // with its head

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> all;
  for (std::size_t at = 1, end; (end = line.find('|', at)) != std::string::npos; at = end + 1)
    all.push_back(trimmed(line.substr(at, end - at)));
  return all;
}

// The pipe table below the line `heading`.
Table table(const std::string& text, const std::string& heading) {
  Table rows;
  const std::size_t at = text.find('\n' + heading + '\n');
  REQUIRE(at != std::string::npos);
  std::istringstream lines(text.substr(at + heading.size() + 2));
  for (std::string line; std::getline(lines, line) && line.starts_with('|');)
    if (!line.starts_with("|-")) rows.push_back(cells(line));
  REQUIRE(rows.size() > 1);
  return rows;
}

std::uint64_t sum(const Table& rows, const std::string& column, std::size_t without_last = 0) {
  const auto at = std::find(rows[0].begin(), rows[0].end(), column) - rows[0].begin();
  std::uint64_t total = 0;
  for (std::size_t i = 1; i + without_last < rows.size(); ++i) total += value(rows[i].at(at));
  return total;
}

std::string header(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name + ": ");
  REQUIRE(at != std::string::npos);
  return text.substr(at + name.size() + 2, text.find('\n', at) - at - name.size() - 2);
}

std::uint64_t time_in(const std::string& header) { return value(header.substr(0, header.find('s'))); }
std::uint64_t percent_in(const std::string& header) {
  const std::size_t at = header.find('(');
  return value(header.substr(at, header.find('%') - at));
}

struct Box {
  std::uint64_t time, percent, memory;  // of its head
  std::uint64_t rows_time = 0, rows_percent = 0, rows_memory = 0;
};

// Function, then Time first, Memory (if any) last or before Avg Time, "% File" second.
std::vector<Box> boxes(const std::string& text, bool details) {
  std::vector<Box> all;
  std::istringstream lines(text);
  int rules = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("+-")) {
      rules = (rules + 1) % 4;
    } else if (rules == 1) {
      const std::string head = line.substr(line.find(" (") + 2);
      std::istringstream parts(head.substr(0, head.find(')')));
      std::string part;
      std::vector<std::uint64_t> values;
      while (std::getline(parts, part, ',')) values.push_back(value(part));
      all.push_back({values.at(0), values.at(1), values.size() > 2 ? values[2] : 0});
    } else if (rules == 3) {
      std::istringstream words(line.substr(2));
      std::vector<std::string> row;
      for (std::string word; words >> word;)
        if (word.ends_with('s') && word.find('.') != std::string::npos && row.empty())
          row.push_back(word);
        else if (!row.empty())
          row.push_back(word);
      Box& box = all.back();
      box.rows_time += value(row.at(0));
      if (details) box.rows_percent += value(row.at(1));
      if (line.find(" MB ") != std::string::npos || line.find(" KB ") != std::string::npos)
        box.rows_memory += value(row.at(details ? 3 : 2));
    }
  }
  return all;
}

void check_texts(const Profile& p) {
  const std::string summary = report::render(p, Kind::ml_summary),
                    details = report::render(p, Kind::ml_details);
  const std::string dev = report::render(p, Kind::dev_summary),
                    internal = report::render(p, Kind::dev_details);
  const std::uint64_t total = time_in(header(summary, "Total Execution Time"));
  const std::string ml_header = header(summary, "ML Code Execution Time"),
                    over = header(summary, "mlpy Overhead");
  const bool library = summary.find("\nPython Stdlib: ") != std::string::npos;
  const std::uint64_t ml = time_in(ml_header);
  std::uint64_t percents = percent_in(ml_header) + percent_in(over);
  if (library) {
    percents += percent_in(header(summary, "Python Stdlib"));
    REQUIRE(ml + time_in(over) + time_in(header(summary, "Python Stdlib")) == total);
  }
  REQUIRE(percents == 1000);

  const Table functions = table(summary, "Top ML Functions:"), files = table(summary, "ML Files:");
  REQUIRE(functions.size() <= 12);
  REQUIRE(sum(functions, "Time") == ml);
  REQUIRE(sum(files, "Time") == ml);
  REQUIRE(sum(files, "% ML") == 1000);
  REQUIRE(sum(files, "Calls") == sum(functions, "Calls"));
  REQUIRE(table(dev, "ML Code Execution (by file):") == files);

  const Table times = table(dev, "Time Breakdown:");
  REQUIRE(times.size() == 9);
  REQUIRE(value(times.back()[1]) == total);
  REQUIRE(sum(times, "Time", 1) == total);
  REQUIRE(sum(times, "% Total", 1) == 1000);
  const Table top = table(dev, "Top Functions:");
  REQUIRE(sum(top, "Time") == total);
  if (p.has_memory()) {
    const std::uint64_t peak = value(header(summary, "Peak Memory"));
    const Table memory = table(dev, "Memory Breakdown:");
    REQUIRE(value(memory.back()[1]) == peak);
    REQUIRE(sum(memory, "Memory", 1) == peak);
    REQUIRE(sum(memory, "% Peak", 1) == (p.peak_bytes == 0 ? 0 : 1000));
    REQUIRE(sum(top, "Memory") == peak);
    REQUIRE(sum(files, "Memory") == value(header(summary, "ML Code Memory")));
    REQUIRE(sum(functions, "Memory") == value(header(summary, "ML Code Memory")));
  } else {
    for (const std::string& text : {summary, details, dev, internal})
      REQUIRE(text.find("Memory") == std::string::npos);
  }
  // One value, one form.
  std::map<std::string, std::string> shown;
  for (std::size_t i = 1; i < functions.size(); ++i) shown[functions[i][0]] = functions[i][1];
  for (std::size_t i = 1; i < top.size(); ++i)
    if (const auto at = shown.find(top[i][0]); at != shown.end() && !top[i][0].ends_with("functions)"))
      REQUIRE(at->second == top[i][2]);

  std::uint64_t in_boxes = 0;
  for (const Box& box : boxes(details, true)) {
    REQUIRE(box.rows_time == box.time);
    REQUIRE(box.rows_percent == 1000);
    REQUIRE(box.rows_memory == box.memory);
    in_boxes += box.time;
  }
  REQUIRE(in_boxes == ml);
  std::uint64_t overhead = 0, share = 0;
  for (const Box& box : boxes(internal, false)) {
    REQUIRE(box.rows_time == box.time);
    REQUIRE(box.rows_memory == box.memory);
    overhead += box.time;
    share += box.percent;
  }
  REQUIRE(overhead == time_in(header(internal, "Total mlpy Overhead")));
  REQUIRE(share == percent_in(header(internal, "Total mlpy Overhead")));
  for (const std::string& text : {summary, details, dev, internal}) {
    REQUIRE(text.find(" \n") == std::string::npos);
    REQUIRE(text.ends_with('\n'));
    REQUIRE_FALSE(text.ends_with("\n\n"));
  }

  std::istringstream lines(report::line_report(p, {.top = 1'000}));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with('~') || line.empty()) continue;
    const std::size_t dash = line.rfind(" - ");
    const std::uint64_t of_function = value(line.substr(dash, line.find(',', dash) - dash));
    Table rows;
    while (std::getline(lines, line) && line.starts_with('|'))
      if (!line.starts_with("|-")) rows.push_back(cells(line));
    REQUIRE(sum(rows, "Time") == of_function);
    REQUIRE(sum(rows, "% Func") == 1000);
  }
}

}  // namespace

TEST_CASE("every printed column of random profiles adds up to its printed parent") {
  const std::uint64_t first = std::random_device{}();
  for (std::uint64_t seed = first; seed < first + 400; ++seed) {
    INFO("seed " << seed);
    Profile p = test::adding_profile(seed);
    p.findings = advice::measured_findings(p);
    if (p.total_ns != 0) check_texts(p);
  }
}

TEST_CASE("profiles that do not add up print too") {
  const std::uint64_t first = std::random_device{}();
  for (std::uint64_t seed = first; seed < first + 300; ++seed) {
    INFO("seed " << seed);
    Profile p = test::RandomProfile(seed).make();
    const auto found = advice::measured_findings(p);
    p.findings.insert(p.findings.end(), found.begin(), found.end());
    CHECK_FALSE(report::render(p, report::kKinds).empty());
    report::line_report(p);
  }
}

TEST_CASE("figures have one form") {
  constexpr std::uint64_t kMs = 1'000'000;
  CHECK(seconds(12'040) == "12.040s");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(999) == "999");
  CHECK(calls_text(1'240'000, false) == "~1,240,000");
  CHECK(plural(1, "call") == " call");
  CHECK(plural(0, "call") == " calls");
  CHECK(per_call(936 * kMs, 12) == "78.0ms");
  CHECK(per_call(381'900'000, 240'000) == "1.6us");
  CHECK(per_call(46'900, 1'000) == "0.0us");  // us, ms and s only
  CHECK(per_call(999'940, 1) == "999.9us");
  CHECK(per_call(999'960, 1) == "1.0ms");
  CHECK(per_call(999'960'000, 1) == "1.0s");
  CHECK(per_call(2'500 * kMs, 1) == "2.5s");
  CHECK(average_ms(600 * kMs, 10'000) == "0.060ms");
  CHECK(average_ms(550 * kMs, 1) == "550.0ms");
  CHECK(average_ms(99'999'400, 1) == "99.999ms");
  CHECK(average_ms(99'999'600, 1) == "100.0ms");
  CHECK(average_ms(5, 0) == "-");
  CHECK(whole_percent(365, 1'000) == "36%");
  CHECK(whole_percent(375, 1'000) == "38%");
  CHECK(whole_percent(5, 1'000) == "<1%");
  CHECK(whole_percent(6, 1'000) == "1%");
  CHECK(whole_percent(1'000, 1'000) == "100%");
  CHECK(whole_percent(0, 5) == "0%");
  CHECK(bytes_text(1'023) == "1023 B");
  CHECK(bytes_text(1'536) == "1.5 KB");
  CHECK(bytes_text(1'048'575) == "1.0 MB");
  CHECK(bytes_text(13'107'200) == "12.5 MB");
  CHECK(bytes_text(5'000ull * 1024 * 1024 * 1024) == "5000.0 GB");
  CHECK(cut("ééééé", 4) == "é...");
  CHECK(cut("ééééé", 5) == "ééééé");
  CHECK(trimmed("\t a\tb \r\n") == "a b");
}

TEST_CASE("the unit of memory follows the peak") {
  Profile p;
  p.collection.memory = How::exact;
  p.peak_bytes = p.category_bytes[0] = 1024 * 1024;
  CHECK(Figures(p).memory(Figures(p).peak) == "1.0 MB");
  p.peak_bytes = p.category_bytes[0] = 1024 * 1024 - 1;
  CHECK(Figures(p).memory(Figures(p).peak) == "1024.0 KB");
  p.peak_bytes = p.category_bytes[0] = 1'280;
  CHECK(Figures(p).memory(Figures(p).peak) == "1.3 KB");
}
