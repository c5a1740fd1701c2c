#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "profiler/report/figures.h"
#include "profiler/report/report.h"
#include "profiler/report/table.h"

using namespace ml::profiler;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

Profile::Function function(const char* name, std::uint32_t file, std::uint32_t line, std::uint64_t self_us,
                           std::uint64_t calls) {
  Profile::Function f;
  f.name = name;
  f.file = file;
  f.line = line;
  f.self_ns = self_us * 1'000;
  f.cum_ns = f.self_ns;
  f.calls = calls;
  f.samples = self_us / 1'000;
  return f;
}

// The worked data set of profiler-reports.md 3.
Profile worked() {
  Profile p;
  p.files = {{"stock_report.ml", "stock_report.ml", 1'585'400'000, 15},
             {"pricing.ml", "pricing.ml", 545'800'000, 288'000},
             {"csv_util.ml", "csv_util.ml", 368'800'000, 12'001}};
  p.functions = {
      function("find_duplicates", 0, 58, 936'000, 12), function("build_report", 0, 34, 410'000, 1),
      function("unit_price", 1, 6, 381'900, 240'000),  function("join_line", 2, 9, 268'900, 6'000),
      function("load_rows", 0, 12, 221'000, 1),        function("discount_for", 1, 19, 163'900, 48'000),
      function("split_line", 2, 27, 99'900, 6'001),    function("(top level)", 0, 1, 18'400, 1)};
  auto& lines = p.functions[0].lines;
  lines = {{61, 41 * kMs, 41 * kMs, 41, ""},
           {62, 188 * kMs, 204 * kMs, 188, ""},
           {63, 664 * kMs, 705 * kMs, 664, "            if (rows[i].sku == rows[j].sku) {"},
           {64, 22 * kMs, 22 * kMs, 22, ""},
           {67, 21 * kMs, 21 * kMs, 21, ""}};
  p.functions[2].callers = {
      {.function = 1, .line = 41, .cum_ns = 686 * kMs, .self_ns = 381'900'000, .samples = 381}};
  p.category_ns = {2'500'000'000, 231'700'000, 19'800'000, 6'400'000, 31'500'000, 68'300'000, 142'300'000};
  p.total_ns = 3'000'000'000;
  p.counting = Counting::deallocator;
  p.samples = 2'874;
  return p;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MLPY_SOURCE_DIR) + "/tests/profiler/golden/" + name);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("ml-summary of the worked data set, byte for byte") {
  const std::string text = report::ml_summary(worked());
  CHECK(text == golden("ml_summary.txt"));
}

TEST_CASE("--ascii changes only the two marks") {
  std::string expected = golden("ml_summary.txt");
  for (const auto& [mark, plain] : {std::pair{"▸", ">"}, std::pair{"✓", "*"}})
    for (std::size_t at; (at = expected.find(mark)) != std::string::npos;) expected.replace(at, 3, plain);
  const std::string text = report::ml_summary(worked(), {.ascii = true});
  CHECK(text == expected);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; }));
}

TEST_CASE("no line ends in a space, the report in one newline") {
  const std::string text = report::ml_summary(worked());
  CHECK_FALSE(has(text, " \n"));
  CHECK(text.ends_with("show\n"));
}

TEST_CASE("more than ten functions: the rest in one row, and the column still sums") {
  Profile p = worked();
  p.functions.pop_back();
  for (int i = 0; i < 9; ++i) p.functions.push_back(function("tiny", 0, 100 + i, 2'000, 1'000));
  p.functions.push_back(function("last", 0, 110, 400, 7));
  const std::string text = report::ml_summary(p);
  CHECK(has(text, "| (7 other functions)                   | 0.012s |   6,007 |\n"));
  CHECK_FALSE(has(text, "(stock_report.ml:103)"));
}

TEST_CASE("library line only when it does not round to 0.0%") {
  Profile p = worked();
  p.category_ns[6] = 400'000;
  p.total_ns = 2'500'000'000 + 357'700'000 + 400'000;
  CHECK_FALSE(has(report::ml_summary(p), "Python Stdlib"));
}

TEST_CASE("when nothing stands out the largest is named") {
  Profile p = worked();
  for (auto& f : p.functions) f.samples = 29;  // too few to say anything
  const std::string text = report::ml_summary(p);
  CHECK(has(text,
            "OPTIMIZATION RECOMMENDATIONS:\n\n"
            "  No function stands out; the largest is find_duplicates() (stock_report.ml:58) with 37%.\n\n"
            "✓ Overall Assessment:\n"));
}

TEST_CASE("short calls name their callers") {
  Profile p = worked();
  p.functions[2].callers = {
      {.function = 1, .line = 41, .cum_ns = 600 * kMs, .self_ns = 300 * kMs, .samples = 300},
      {.function = 7, .line = 3, .cum_ns = 200 * kMs, .self_ns = 81'900'000, .samples = 81}};
  const std::string text = report::ml_summary(p);
  CHECK(has(text, "calling itself; ~79% come from build_report() line 41\n"));
  CHECK(text.ends_with("\n~ = estimated\n"));
  p.functions[2].callers.clear();
  CHECK(has(report::ml_summary(p), "calling itself\n"));
}

TEST_CASE("estimated calls are marked") {
  Profile p = worked();
  for (auto& f : p.functions) f.calls_exact = false;
  const std::string text = report::ml_summary(p);
  CHECK(has(text, "| ~240,000 |"));
  CHECK(text.ends_with("\n~ = estimated\n"));
}

TEST_CASE("assessment follows the share of ML code") {
  Profile p = worked();
  const auto with = [&](std::uint64_t stdlib_ms) {
    p.category_ns[6] = stdlib_ms * kMs;
    p.total_ns = 2'857'700'000 + stdlib_ms * kMs;
    return report::ml_summary(p);
  };
  CHECK(has(with(142), "  - ML code is 83% of the run: changes to the functions above will show\n"));
  CHECK(has(with(1'000),
            "  - ML code is 65% of the run, the rest is mlpy and libraries: gains in the functions above "
            "show in part\n"));
  CHECK(
      has(with(4'000), "  - ML code is only 36% of the run: start-up, libraries or mlpy itself dominate\n"));
}

TEST_CASE("runs that show nothing, fail or die say so") {
  const std::string title =
      "======================================================================\n"
      "ML CODE PERFORMANCE SUMMARY\n"
      "======================================================================\n\n";
  const std::string nothing = title + "No ML user code detected in this profiling session.\n";
  Profile empty;
  CHECK(report::ml_summary(empty, {.program = "a.ml"}) ==
        nothing + "The program a.ml contains no executable statements.\n");
  CHECK(report::ml_summary(worked(), {.program = "a.ml", .no_statements = true}) ==
        nothing + "The program a.ml contains no executable statements.\n");
  empty.outcome = {"ImportError: no module", "a.ml", 1, 8};
  CHECK(report::ml_summary(empty) ==
        nothing + "It stopped before running: ImportError: no module (a.ml:1:8)\n");
  CHECK(report::ml_summary_missing({.died = "killed by signal 9"}) ==
        title + "Profiling data is incomplete.\nThe program was killed by signal 9.\n");

  Profile killed = worked();
  killed.complete = false;
  CHECK(report::ml_summary(killed, {.died = "killed by signal 9"})
            .starts_with(title +
                         "Profiling data is incomplete.\nThe program was killed by signal 9.\n\nTotal "));
  Profile failed = worked();
  failed.files[0].path = "/home/ada/shop/stock_report.ml";
  failed.outcome = {"ValueError: bad row", "/home/ada/shop/stock_report.ml", 41, 3};
  CHECK(has(report::ml_summary(failed),
            "(4.8%)\nProgram failed: ValueError: bad row (stock_report.ml:41)\n\nTop"));
  Profile brief = worked();
  brief.samples = 1;
  CHECK(has(report::ml_summary(brief), "(4.8%)\nOnly 1 sample: shares are not firm\n\nTop"));
}

TEST_CASE("figures have one form") {
  using namespace ml::profiler::report;
  CHECK(seconds(12'040) == "12.040s");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(999) == "999");
  CHECK(per_call(936 * kMs, 12) == "78.0ms");
  CHECK(per_call(381'900'000, 240'000) == "1.6us");
  CHECK(per_call(46'900, 1'000) == "46.9ns");
  CHECK(per_call(2'500 * kMs, 1) == "2.5s");
  CHECK(whole_percent(365, 1'000) == "36%");
  CHECK(whole_percent(375, 1'000) == "38%");
  CHECK(whole_percent(4, 1'000) == "<1%");
  CHECK(whole_percent(1'000, 1'000) == "100%");
  CHECK(whole_percent(0, 5) == "0%");
  CHECK(located(std::string(80, 'x'), "a.ml:3") == std::string(48, 'x') + "... (a.ml:3)");
  CHECK(located("größe", "a.ml:3") == "größe (a.ml:3)");
  CHECK(cut("ééééé", 4) == "é...");
}
