// What the worked data set does not show: runs with little, nothing, failures, estimates, long names
// (profiler-reports.md 2, 3.6, 3.7).
#include <catch2/catch.hpp>

#include "profiler/report/report.h"
#include "profiler/report/table.h"
#include "tests/profiler/worked_example.h"

using namespace ml::profiler;
using report::Kind;
using report::render;
using test::worked_example;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string block(Kind kind) {
  const std::string line(70, '=');
  return line + '\n' + std::string(report::title(kind)) + '\n' + line + "\n\n";
}

Profile empty() {
  Profile p;
  p.run.program = "a.ml";
  return p;
}

Profile::Function small(const char* name, std::uint32_t line, std::uint64_t us, std::uint64_t calls) {
  Profile::Function f;
  f.name = name;
  f.file = 0;
  f.line = line;
  f.self_ns = f.cum_ns = us * 1'000;
  f.calls = f.primitive_calls = calls;
  return f;
}

std::uint32_t find(const Profile& p, const std::string& name) {
  for (std::uint32_t i = 0; i < p.functions.size(); ++i)
    if (p.functions[i].name == name) return i;
  FAIL("no function " << name);
  return kNone;
}

}  // namespace

TEST_CASE("reports have names and titles") {
  for (const Kind kind : report::kKinds) CHECK(report::kind_of(report::name_of(kind)) == kind);
  CHECK(report::kind_of("dev-summary") == Kind::dev_summary);
  CHECK_FALSE(report::kind_of("all"));
  CHECK_FALSE(report::kind_of("ML-SUMMARY"));
  CHECK(report::title(Kind::dev_summary) == "MLPY PERFORMANCE SUMMARY REPORT (Developer View)");
}

TEST_CASE("names for what is nobody's have no row unless something belongs to them") {
  Profile p = worked_example();
  Profile::Function& f = p.functions.emplace_back();
  f.name = "(library)";
  f.category = Category::python_stdlib;
  f.kind = FunctionKind::library;
  f.calls = f.primitive_calls = 1;
  f.calls_exact = false;
  CHECK(render(p, report::kKinds) == render(worked_example(), report::kKinds));
  f.self_ns = 1;
  CHECK(has(render(p, Kind::raw), "(library)"));
}

TEST_CASE("no Memory columns, sections or heads when memory was off") {
  Profile p = worked_example();
  p.collection.memory = How::off;
  p.findings.clear();
  for (const Kind kind : {Kind::ml_summary, Kind::ml_details, Kind::dev_details}) {
    const std::string text = render(p, kind);
    CHECK_FALSE(has(text, "emory"));
    CHECK_FALSE(has(text, " MB"));
  }
  const std::string summary = render(p, Kind::ml_summary);
  CHECK(has(summary, "Python Stdlib: 0.142s (4.8%)\n\nTop ML Functions:\n"));
  CHECK(has(summary, "| find_duplicates (stock_report.ml:58)  | 0.936s |      12 |\n"));
  const std::string details = render(p, Kind::ml_details);
  CHECK(has(details,
            "+--------------------------------------------------------------------+\n"
            "| pricing.ml (0.546s, 21.8%)                                         |\n"
            "+--------------------------------------------------------------------+\n"
            "| Function                            Time % File     Calls Avg Time |\n"));
  CHECK(has(details, "| unit_price (line 6)               0.382s  70.0%   240,000  0.002ms |\n"));
  CHECK(has(render(p, Kind::dev_summary), "calls exact, memory off; transpile cache: miss\n"));
}

TEST_CASE("more than ten functions and twenty files: the rest in one row") {
  Profile p = worked_example();
  p.collection.memory = How::off;
  for (int i = 0; i < 9; ++i) p.functions.push_back(small("tiny", 100 + i, 2'000, 1'000));
  p.functions.push_back(small("last", 110, 400, 7));
  p.functions[find(p, "(top level)")].self_ns = 0;  // its 18.4 ms are the new ones'
  const std::string text = render(p, Kind::ml_summary);
  CHECK(has(text, "| tiny (stock_report.ml:102)            | 0.002s |   1,000 |\n"));
  CHECK(has(text, "| (8 other functions)                   | 0.012s |   6,008 |\n"));
  CHECK_FALSE(has(text, "(stock_report.ml:103)"));
  for (int i = 0; i < 19; ++i) {
    p.files.emplace_back();
    p.files.back().path = p.files.back().name = "m" + std::to_string(i) + ".ml";
    p.files.back().calls = 5;
  }
  CHECK(has(render(p, Kind::ml_summary),
            "| (2 other files)                       | 0.000s |   0.0% |      10 |\n"));
  p.files.pop_back();
  CHECK(has(render(p, Kind::ml_summary),
            "| (1 other file)                        | 0.000s |   0.0% |       5 |\n"));
}

TEST_CASE("Python Stdlib has a line only when it does not round to 0.0%") {
  Profile p = worked_example();
  p.total_ns -= p.category_ns[6] - 400'000;
  p.category_ns[6] = 400'000;
  CHECK_FALSE(has(render(p, Kind::ml_summary), "Python Stdlib"));
  CHECK(has(render(p, Kind::dev_details), "Python Stdlib (not mlpy): 0.000s (0.0% of total)\n"));
  p.total_ns -= 400'000;
  p.category_ns[6] = 0;
  CHECK_FALSE(has(render(p, Kind::dev_details), "Python Stdlib"));
}

TEST_CASE("when nothing stands out the largest is named") {
  Profile p = worked_example();
  p.findings.clear();
  CHECK(has(render(p, Kind::ml_summary),
            "OPTIMIZATION RECOMMENDATIONS:\n\n"
            "  No function stands out; the largest is find_duplicates() (stock_report.ml:58) with 37%.\n\n"
            "✓ Overall Assessment:\n"));
  CHECK(has(render(p, Kind::dev_details), "OPTIMIZATION RECOMMENDATIONS:\n\n✓ Overall Assessment:\n"));
}

TEST_CASE("findings: rule order, two pieces of advice, five functions, then those about the run") {
  Profile p = worked_example();
  const auto finding = [](const char* rule, std::uint32_t function, std::vector<std::string> text) {
    return Profile::Finding{rule, function, 0, std::move(text), {}};
  };
  p.findings = {
      finding("R16", kNone, {"The program itself ran only 2.5s; profile a longer run for firm shares"}),
      finding("R11", 0, {"eleven", "Consider: c"}),
      finding("R9", 0, {"nine", "Consider: b"}),
      finding("R4", 0, {"four", "Consider: a"}),
      finding("R1", 0, {"one", "Consider: caching, reducing iterations"}),
      finding("D4", kNone, {"Slowest step: spawn_interpreter, 0.041s in 1 call"}),
      finding("R14", kNone, {"json.parse: 1 call", "Consider: fewer, larger library calls"})};
  const std::string text = render(p, Kind::ml_summary);
  CHECK(has(text,
            "  - one\n  - four\n  - nine\n  - eleven\n  - Consider: a\n  - Consider: b\n\n"
            "▸ Python libraries - 5% of total time\n  - json.parse: 1 call\n"
            "  - Consider: fewer, larger library calls\n\n"
            "▸ Start-up - 4% of total time\n"
            "  - The program itself ran only 2.5s; profile a longer run for firm shares\n\n✓"));
  CHECK_FALSE(has(text, "Slowest"));
  CHECK(has(render(p, Kind::dev_details), "▸ Sandbox Startup - 2.3% of total\n  - Slowest step: spawn"));
  p.findings.clear();
  std::size_t at = 0, headings = 0;
  for (std::uint32_t i = 0; i < 8; ++i) p.findings.push_back(finding("R2", i, {"x"}));
  const std::string many = render(p, Kind::ml_summary);
  for (; (at = many.find("▸", at)) != std::string::npos; ++at) ++headings;
  CHECK(headings == 5);
}

TEST_CASE("findings about a function that only calls: its calls' share") {
  Profile p = worked_example();
  const std::uint32_t i = find(p, "find_duplicates");
  p.findings = {{"R5", i, 0, {"Line 61 searches the array \"rows\" inside a loop"}, {}}};
  CHECK(has(render(p, Kind::ml_summary), "▸ find_duplicates() - 37% of execution time\n"));
  p.functions[i].self_ns = 0;
  CHECK(has(render(p, Kind::ml_summary), "▸ find_duplicates() - 0% of execution time, 40% with its calls\n"));
  p.functions[i].cum_ns = 0;
  CHECK(has(render(p, Kind::ml_summary), "▸ find_duplicates() - 0% of execution time\n"));
}

TEST_CASE("estimated numbers are marked and explained") {
  Profile p = worked_example();
  p.functions[find(p, "unit_price")].calls_exact = false;
  p.collection.calls = How::estimated;
  for (const Kind kind : {Kind::ml_summary, Kind::ml_details, Kind::dev_summary}) {
    const std::string text = render(p, kind);
    CHECK(has(text, " ~240,000 |") != has(text, " ~240,000   "));
    CHECK(text.ends_with("\n\n~ = estimated\n"));
  }
  CHECK(has(render(p, Kind::ml_summary), "| ~288,000 |"));
  CHECK(has(render(p, Kind::ml_summary), "  - At pricing.ml:6: ~240,000 calls, 1.6us per call\n"));
  CHECK(has(render(p, Kind::dev_summary), ", calls estimated, "));
  CHECK_FALSE(has(render(p, Kind::dev_details), "~"));
  CHECK_FALSE(has(render(p, Kind::raw), "~"));
  CHECK(has(report::line_report(p, {.function = "unit_price"}), "0.382s, ~240,000 calls\n"));
  CHECK(report::line_report(p, {.function = "unit_price"}).ends_with("|\n\n~ = estimated\n"));

  Profile text_only = worked_example();
  text_only.findings[0].data.emplace_back("calls_exact", "false");
  CHECK(render(text_only, Kind::ml_summary).ends_with("show\n\n~ = estimated\n"));
}

TEST_CASE("calls that nobody counted are no number") {
  Profile p = worked_example();
  p.functions[find(p, "unit_price")].calls = 0;
  p.functions[find(p, "unit_price")].calls_exact = false;
  CHECK(has(render(p, Kind::ml_summary), "| unit_price (pricing.ml:6)             | 0.382s |      - |"));
  CHECK(has(render(p, Kind::ml_summary), "  - At pricing.ml:6: calls were not counted\n"));
  CHECK(has(report::line_report(p, {.function = "unit_price"}), "0.382s, calls not counted\n"));
}

TEST_CASE("assessments follow the shares") {
  Profile p = worked_example();
  const auto with = [&](std::uint64_t stdlib_ms, Kind kind) {
    p.category_ns[6] = stdlib_ms * kMs;
    p.total_ns = 2'857'700'000 + stdlib_ms * kMs;
    return render(p, kind);
  };
  CHECK(has(with(142, Kind::ml_summary),
            "  - ML code is 83% of the run: changes to the functions above will show\n"));
  CHECK(has(with(1'000, Kind::ml_summary),
            "  - ML code is 65% of the run, the rest is mlpy and libraries: gains in the functions above "
            "show in part\n"));
  CHECK(has(with(4'000, Kind::ml_summary),
            "  - ML code is only 36% of the run: start-up, libraries or mlpy itself dominate\n"));
  const auto overhead = [&](std::uint64_t ms) {
    p.category_ns = {1'000 * kMs - ms * kMs, ms * kMs, 0, 0, 0, 0, 0};
    p.total_ns = 1'000 * kMs;
    return render(p, Kind::dev_details);
  };
  CHECK(has(overhead(199), "  - mlpy overhead is 19.9%: excellent (below 20%)\n"));
  CHECK(has(overhead(200), "  - mlpy overhead is 20.0%: good (20-30%)\n"));
  CHECK(has(overhead(300), "  - mlpy overhead is 30.0%: acceptable (30-50%)\n"));
  CHECK(has(overhead(500), "  - mlpy overhead is 50.0%: high (above 50%)\n"));
}

TEST_CASE("categories that were not used, and why") {
  Profile p = worked_example();
  std::erase_if(p.functions, [](const auto& f) {
    return f.category == Category::parsing || f.category == Category::transpilation;
  });
  for (const std::size_t c : {2, 4}) {
    p.total_ns -= p.category_ns[c];
    p.category_ns[c] = 0;
  }
  p.findings.clear();
  CHECK(has(render(p, Kind::dev_details), "+\n\nNot used in this run: Parsing, Transpilation\n\nOPT"));
  p.run.transpile_cache = "hit";
  CHECK(has(render(p, Kind::dev_details),
            "\nNot used in this run: Parsing, Transpilation (transpile cache hit)\n\nOPT"));
  CHECK(has(render(p, Kind::dev_summary), "| Parsing           | 0.000s |   0.0%   |\n"));
}

TEST_CASE("threads and collection are told") {
  Profile p = worked_example();
  p.threads = 4;
  p.elapsed_ns = 1'100 * kMs;
  for (const Kind kind : {Kind::ml_summary, Kind::ml_details, Kind::dev_summary})
    CHECK(has(render(p, kind), "Total Execution Time: 3.000s (4 threads, 1.100s elapsed)\n"));
  const auto collected = [&](How time, How calls, How memory) {
    p.collection.time = time;
    p.collection.calls = calls;
    p.collection.memory = memory;
    const std::string text = render(p, Kind::dev_summary);
    return text.substr(text.find("Collection: "));
  };
  CHECK(collected(How::exact, How::exact, How::exact) ==
        "Collection: time exact, calls exact, memory exact; transpile cache: miss\n");
  p.collection.interval_ns = 250'400;
  p.collection.memory_period_bytes = 2 * 1024 * 1024;
  CHECK(collected(How::sampled, How::estimated, How::sampled) ==
        "Collection: time sampled every 250.4 us (2,874 samples), calls estimated, memory sampled (1 in "
        "2,048 KB); "
        "transpile cache: miss\n");
}

TEST_CASE("a program without statements, or stopped before the first") {
  const std::string nothing = "No ML user code detected in this profiling session.\n";
  for (const Kind kind : {Kind::ml_summary, Kind::ml_details}) {
    const std::string none = block(kind) + nothing + "The program a.ml contains no executable statements.\n";
    Profile p = empty();
    CHECK(render(p, kind) == none);
    CHECK(render(worked_example(), kind, {.program = "a.ml", .no_statements = true}) == none);
    p.files.emplace_back();
    p.files[0].path = p.files[0].name = "a.ml";
    p.functions = {small("(top level)", 1, 10, 1)};
    for (const char* text : {"# note\n\n", "\xef\xbb\xbf// a\n/* b\n x = 1; */ ; # end", " /* open"}) {
      p.files[0].text = text;
      CHECK(render(p, kind) == none);
    }
    p.files[0].text = "/* a */ x = 1;\n";
    CHECK_FALSE(has(render(p, kind), nothing));
    p.files[0].text.clear();  // not kept
    CHECK_FALSE(has(render(p, kind), nothing));
    p.files[0].sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    CHECK(render(p, kind) == none);

    Profile failed = empty();
    failed.outcome = {"ImportError: no module", "a.ml", 1, 8};
    CHECK(render(failed, kind) ==
          block(kind) + nothing + "It stopped before running: ImportError: no module (a.ml:1:8)\n");
    failed.run.error = {"ImportError", "no module 'x'", "a.ml", 2, 9};
    CHECK(render(failed, kind) ==
          block(kind) + nothing + "It stopped before running: ImportError: no module 'x' (a.ml:2:9)\n");
  }
}

TEST_CASE("a program that died leaves what it had") {
  Profile p = empty();
  p.complete = p.collection.complete = false;
  for (const Kind kind : {Kind::ml_summary, Kind::ml_details, Kind::dev_summary}) {
    CHECK(render(p, kind, {.died = "killed by signal 9"}) ==
          block(kind) + "Profiling data is incomplete.\nThe program was killed by signal 9.\n");
    CHECK(render(p, kind) == block(kind) + "Profiling data is incomplete.\n");
  }
  p = worked_example();
  p.complete = p.collection.complete = false;
  p.run.exit_code = 137;
  const std::string start =
      "Profiling data is incomplete.\nThe program was killed by signal 9.\n\nTotal Execution";
  CHECK(render(p, Kind::ml_summary).starts_with(block(Kind::ml_summary) + start));
  CHECK(render(p, Kind::ml_details).starts_with(block(Kind::ml_details) + start));
}

TEST_CASE("a program that failed, few samples: a line in the header") {
  Profile p = worked_example();
  p.files[0].path = "shop/stock_report.ml";
  p.outcome = {"ValueError: bad row", "shop/stock_report.ml", 41, 3};
  const std::string line = "Program failed: ValueError: bad row (stock_report.ml:41)\n\n";
  CHECK(has(render(p, Kind::ml_summary), "(4.8%)\n" + line + "Memory Usage:"));
  CHECK(has(render(p, Kind::ml_details), "(83.3%)\n" + line + "+--"));
  p.run.error = {"ValueError", "bad row", "shop/stock_report.ml", 41, 3};
  CHECK(has(render(p, Kind::ml_summary), "(4.8%)\n" + line));

  p = worked_example();
  p.samples = 1;
  CHECK(has(render(p, Kind::ml_summary), "(4.8%)\nOnly 1 sample: shares are not firm\n\nMemory"));
  p.samples = 19;
  CHECK(has(render(p, Kind::ml_details), "(83.3%)\nOnly 19 samples: shares are not firm\n\n+--"));
  p.samples = 20;
  CHECK_FALSE(has(render(p, Kind::ml_summary), "Only"));
  p.samples = 0;
  p.collection.time = How::exact;
  CHECK_FALSE(has(render(p, Kind::ml_summary), "Only"));
}

TEST_CASE("long names give way to their location") {
  CHECK(report::located(std::string(80, 'x'), "a.ml:3", 60) == std::string(48, 'x') + "... (a.ml:3)");
  CHECK(report::located(std::string(80, 'x'), "a.ml:3", 60).size() == 60);
  CHECK(report::located("größe", "a.ml:3", 60) == "größe (a.ml:3)");
  CHECK(report::located("abc", std::string(90, 'p') + ":3", 60) == "abc (" + std::string(90, 'p') + ":3)");
  Profile p = worked_example();
  p.functions[0].name = std::string(70, 'x');
  p.functions[1].name = "größe";
  p.functions[find(p, "safe_call")].name = std::string(70, 'g');
  const std::string details = render(p, Kind::ml_details);
  CHECK(has(details, "| " + std::string(27, 'x') + "... (line 58)  0.936s  59.0% "));
  CHECK(has(details, "| größe (line 34)" + std::string(27, ' ') + "0.410s  25.9% "));
  CHECK(
      has(render(p, Kind::ml_summary), "| " + std::string(36, 'x') + "... (stock_report.ml:58) | 0.936s |"));
  CHECK(
      has(render(p, Kind::dev_details), "| " + std::string(37, 'g') + "...   0.110s   264,013   1.3 MB |\n"));
}

TEST_CASE("raw: recursion, other frames, Python positions") {
  Profile p = worked_example();
  p.functions[0].primitive_calls = 3;
  std::string text = render(p, Kind::raw);
  CHECK(text.starts_with("         1000919 function calls (1000910 primitive calls) in 3.000 seconds\n\n"));
  CHECK(has(text, "\n     12/3    0.936    0.078    0.994    0.331 stock_report.ml:58(find_duplicates)\n"));
  p.functions[0].calls = p.functions[0].primitive_calls = 0;
  CHECK(has(render(p, Kind::raw),
            "\n        0    0.936             0.994          stock_report.ml:58(find_dup"));
  text = render(p, Kind::raw, {.raw_frames = [](std::string_view file, std::uint32_t line, std::string_view) {
                  return std::pair(std::string(file) + ".py", line + 100);
                }});
  CHECK(has(text, " stock_report.ml.py:158(find_duplicates)\n"));
  CHECK(has(text, " _strptime.py:565(strptime)\n"));
  CHECK(has(text, " mlpy/runtime/guards.py:41(safe_call)\n"));
  CHECK(has(text, " stock_report.ml.py:101(<module>)\n"));
}

TEST_CASE("lines: selection") {
  const Profile p = worked_example();
  const std::string five = report::line_report(p);
  CHECK(has(five, "\n\nbuild_report (stock_report.ml:34) - 0.410s, 1 call\n"));
  CHECK(has(five, "load_rows"));
  CHECK_FALSE(has(five, "discount_for"));
  CHECK(has(report::line_report(p, {.top = 6}), "discount_for"));
  CHECK(report::line_report(p, {.file = "pricing.ml", .top = 1}).starts_with("unit_price (pricing.ml:6) - "));
  CHECK(report::line_report(p, {.function = "safe_call"}).empty());
  CHECK(report::line_report(p, {.function = "duplicates"}).empty());
  Profile nested = worked_example();
  nested.functions[0].name = "outer.find_duplicates";
  nested.files[0].path = "shop/eu/stock_report.ml";
  CHECK_FALSE(
      report::line_report(nested, {.function = "find_duplicates", .file = "eu/stock_report.ml"}).empty());
  CHECK_FALSE(report::line_report(nested, {.function = "outer.find_duplicates"}).empty());
}

TEST_CASE("lines: not counted, never reached, long") {
  Profile p = worked_example();
  auto& lines = p.functions[0].lines;
  lines[0].hits.reset();
  lines.push_back({68, 0, 0, 0, "unreached();", 0, 0, 0});
  lines[3].source = "\tresult.push(\"" + std::string(80, 'y') + "\");";
  const std::string text = report::line_report(p, {.function = "find_duplicates"});
  CHECK(has(text, "|   61 |      - | 0.041s |"));
  CHECK_FALSE(has(text, "unreached"));
  p.functions[0].lines.clear();
  CHECK_FALSE(has(report::line_report(p), "find_duplicates"));
  CHECK(has(report::line_report(p, {.function = "find_duplicates"}), "find_duplicates"));
  CHECK(has(text, "| result.push(\"" + std::string(44, 'y') + "... |\n"));
}
