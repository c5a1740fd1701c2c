// The rules of profiler-reports.md 4.2 and 4.3 that need only measured numbers, each at both sides of its
// thresholds.
#include <catch2/catch.hpp>

#include "profiler/advice/advice.h"
#include "tests/profiler/worked_example.h"

using namespace ml::profiler;
using advice::measured_findings;

namespace {

constexpr std::uint64_t kMs = 1'000'000, kMb = 1024 * 1024;
using Text = std::vector<std::string>;

// ML functions of one file, own times in ms, most first.
Profile program(std::initializer_list<std::uint64_t> times) {
  Profile p;
  p.files.emplace_back();
  p.files[0].path = p.files[0].name = "a.ml";
  for (const std::uint64_t ms : times) {
    Profile::Function& f = p.functions.emplace_back();
    f.name = "f" + std::to_string(p.functions.size());
    f.file = 0;
    f.line = static_cast<std::uint32_t>(10 * p.functions.size());
    f.self_ns = f.cum_ns = ms * kMs;
    f.calls = 1;
    f.samples = ms;
    p.files[0].self_ns += f.self_ns;
    p.category_ns[0] += f.self_ns;
    p.total_ns += f.self_ns;
  }
  return p;
}

// A function that is not ML, with its time.
Profile::Function& other(Profile& p, const char* name, FunctionKind kind, Category category, std::uint64_t ms,
                         std::uint64_t calls) {
  Profile::Function& f = p.functions.emplace_back();
  f.name = name;
  f.kind = kind;
  f.category = category;
  f.self_ns = f.cum_ns = ms * kMs;
  f.calls = calls;
  f.samples = ms;
  p.category_ns[static_cast<std::size_t>(category)] += f.self_ns;
  p.total_ns += f.self_ns;
  return f;
}

Profile::Caller from(std::uint32_t function, std::uint32_t line, std::uint64_t calls) {
  return {function, line, 0, 0, 0, calls};
}

// Text of the rule's finding about the function; empty: it did not fire.
Text says(const Profile& p, const std::string& rule, std::uint32_t function = kNone) {
  for (const Profile::Finding& f : measured_findings(p))
    if (f.rule == rule && (function == kNone || f.function == function)) return f.text;
  return {};
}

std::string rules(const std::vector<Profile::Finding>& findings) {
  std::string text;
  for (const auto& f : findings) {
    text += f.rule;
    if (f.function != kNone) text += '/' + std::to_string(f.function);
    text += ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("R1 and R2 go by the share of ML time") {
  const Profile p = program({400, 300, 150, 149, 1});
  CHECK(rules(measured_findings(p)) == "R1/0 R1/1 R2/2 ");
  CHECK(says(p, "R1", 0) ==
        Text{"This function is your main performance bottleneck", "Consider: caching, reducing iterations"});
  CHECK(says(p, "R1", 1) == Text{"Also a main bottleneck", "Consider: caching, reducing iterations"});
  CHECK(says(p, "R2", 2) == Text{"Takes a large share of the execution time"});
}

TEST_CASE("a share that rests on few samples says nothing, an exact one does") {
  Profile p = program({1'000});
  p.functions[0].samples = 29;
  CHECK(measured_findings(p).empty());
  p.functions[0].samples = 30;
  CHECK_FALSE(measured_findings(p).empty());
  p.functions[0].samples = 0;
  p.collection.time = How::exact;
  CHECK_FALSE(measured_findings(p).empty());
}

TEST_CASE("R3 names a line that takes half") {
  Profile p = program({940, 60});
  auto line = [&](std::uint32_t n, std::uint64_t ms, const char* source) {
    p.functions[1].lines.push_back({n, ms * kMs, ms * kMs, ms, source, {}, 0, 0});
  };
  line(21, 29, "");
  line(22, 31, "\t\tlet total = first_number_of_all + second_number_of_all + third;  ");
  const auto found = measured_findings(p);
  CHECK(rules(found) == "R1/0 R3/1 ");
  CHECK(found[1].line == 22);
  CHECK(found[1].text == Text{"Line 22 takes 52% of it: let total = first_number_of_all + second_numb..."});
  p.functions[1].lines[1].source.clear();
  CHECK(says(p, "R3") == Text{"Line 22 takes 52% of it"});
  p.files[0].text = std::string(21, '\n') + "  x();\nrest";
  CHECK(says(p, "R3") == Text{"Line 22 takes 52% of it: x();"});
  p.functions[1].lines[1].self_ns = 29 * kMs;
  CHECK(says(p, "R3").empty());
}

TEST_CASE("R8 names who makes short calls") {
  Profile p = program({900, 100});
  Profile::Function& f = p.functions[1];
  f.calls = 20'000;
  f.callers = {from(0, 12, 20'000)};
  const std::string advice = "Consider: passing the whole list once, or moving the body into the loop";
  const std::string start = "Short calls: much of this time is the calling itself";
  CHECK(says(p, "R8", 1) == Text{start + "; all come from f1() line 12", advice});
  f.callers = {from(1, 22, 5'000), from(0, 12, 15'000)};
  CHECK(says(p, "R8", 1) == Text{start + "; 75% come from f1() line 12", advice});
  f.calls_exact = false;
  CHECK(says(p, "R8", 1) == Text{start + "; ~75% come from f1() line 12", advice});
  CHECK(measured_findings(p).back().data.back() ==
        std::pair<std::string, std::string>("calls_exact", "false"));
  f.callers = {from(kNone, 0, 20'000)};
  CHECK(says(p, "R8", 1) == Text{start, advice});
  f.calls = 19'999;  // 5.0003 us
  CHECK(says(p, "R8", 1).empty());
  f.self_ns = 40 * kMs;  // 4%
  f.calls = 20'000;
  CHECK(says(p, "R8", 1).empty());
}

TEST_CASE("R9 and R11 rest on bytes") {
  Profile p = program({1'000, 0});
  Profile::Function& f = p.functions[1];
  p.collection.memory = How::sampled;
  f.at_peak_bytes = 10 * kMb;
  p.peak_bytes = p.category_bytes[0] = p.files[0].at_peak_bytes = 50 * kMb;
  CHECK(says(p, "R9") == Text{"Holds 10.0 MB at the peak (20% of 50.0 MB)",
                              "Consider: processing rows as they are read, or in batches of 1,000"});
  p.peak_bytes += 1;
  CHECK(says(p, "R9").empty());
  p.peak_bytes = 40 * kMb;
  f.at_peak_bytes = 10 * kMb - 1;
  CHECK(says(p, "R9").empty());

  f.at_peak_bytes = 512 * 1024;
  p.functions[0].at_peak_bytes = p.peak_bytes - f.at_peak_bytes;
  p.category_bytes[0] = p.files[0].at_peak_bytes = p.peak_bytes;
  f.alloc_count = 100'000;
  f.alloc_bytes = 20 * kMb;
  CHECK(says(p, "R11") == Text{"Allocates 20.0 MB in ~100,000 pieces but keeps 0.5 MB",
                               "Consider: reusing one array or object"});
  p.collection.memory = How::exact;
  CHECK(says(p, "R11")[0] == "Allocates 20.0 MB in 100,000 pieces but keeps 0.5 MB");
  f.alloc_count = 99'999;
  CHECK(says(p, "R11").empty());
  f.alloc_count = 100'000;
  f.alloc_bytes = 20 * kMb - 20;
  CHECK(says(p, "R11").empty());
  f.alloc_bytes = 20 * kMb;
  p.collection.memory = How::off;
  CHECK(says(p, "R11").empty());
}

TEST_CASE("R18 sees waiting") {
  Profile p = program({900, 100});
  p.functions[1].wait_ns = 50 * kMs;
  CHECK(says(p, "R18", 1) == Text{"Waits 50% of its time (I/O or sleep) instead of computing",
                                  "Consider: running such calls concurrently"});
  p.functions[1].wait_ns -= 1;
  CHECK(says(p, "R18").empty());
}

TEST_CASE("R1's general advice gives way to a special one") {
  Profile p = program({1'000});
  p.functions[0].calls = 1'000'000;
  CHECK(says(p, "R1") == Text{"This function is your main performance bottleneck"});
  auto found = measured_findings(program({1'000}));
  found = advice::merge(p, std::move(found),
                        {{"R13", 0, 3, {"Line 3", "Consider: moving it"}, {}}, {"R5", 0, 3, {"x"}, {}}});
  CHECK(rules(found) == "R1/0 R5/0 R13/0 ");
  CHECK(found[0].text.size() == 1);
}

TEST_CASE("R14 lists the three dearest libraries and who calls them") {
  Profile p = program({300});
  const auto library = [&](const char* name, std::uint64_t ms, std::uint64_t calls) -> Profile::Function& {
    p.tree.push_back({kNone, static_cast<std::uint32_t>(p.functions.size()), 0, ms * kMs, ms, 0});
    return other(p, name, FunctionKind::library, Category::python_stdlib, ms, calls);
  };
  library("json.parse", 20, 3).callers = {from(0, 12, 1), from(kNone, 0, 2)};
  library("json.stringify", 30, 1);
  library("import csv", 10, 1).callers = {from(0, 1, 1)};
  library("regex.test", 5, 9);
  library("json._scanned", 40, 3).callers = {from(1, 45, 3)};
  p.tree.back().parent = 0;  // what json.parse has done for it
  CHECK(says(p, "R14") == Text{"json.parse: 3 calls", "json.stringify: 1 call",
                               "import csv: 1 call from f1() (a.ml:10)",
                               "Consider: fewer, larger library calls"});
  p.functions[1].callers = {from(kNone, 0, 1), from(0, 12, 1), from(0, 14, 1)};
  CHECK(says(p, "R14")[0] == "json.parse: 3 calls from f1() (a.ml:10)");
  p.category_ns[0] += 16 * kMs;
  p.total_ns += 16 * kMs;  // 105 of 421
  CHECK(says(p, "R14").empty());
}

TEST_CASE("R15 names where values are converted, also through library code") {
  Profile p = program({800});
  other(p, "to_ml", FunctionKind::guard, Category::runtime_overhead, 60, 700);
  other(p, "from_ml", FunctionKind::guard, Category::runtime_overhead, 40, 300);
  other(p, "shop.total", FunctionKind::library, Category::python_stdlib, 0, 9);
  const auto node = [&](std::uint32_t parent, std::uint32_t function, std::uint32_t line, std::uint64_t ms) {
    p.tree.push_back({parent, function, line, ms * kMs, ms, 0});
    return static_cast<std::uint32_t>(p.tree.size() - 1);
  };
  const std::string advice = "Consider: passing the data once, in batches of 1,000";
  const std::uint32_t call = node(node(kNone, 0, 12, 800), 3, 0, 0);
  node(node(call, 1, 90, 20), 1, 91, 40);  // an array and what is in it
  node(call, 2, 95, 40);
  CHECK(says(p, "R15") == Text{"1,000 values converted at a.ml:12", advice});
  node(node(kNone, 0, 14, 0), 1, 90, 25);
  p.tree[3].self_ns -= 25 * kMs;
  CHECK(says(p, "R15") == Text{"~750 values converted at a.ml:12", advice});
  p.functions[0].name = "to_ml";  // a user's function of that name is no conversion
  p.functions[1].kind = p.functions[2].kind = FunctionKind::ml;
  CHECK(says(p, "R15").empty());
}

TEST_CASE("R16 and R17 see that starting took longest") {
  Profile p = program({30});
  other(p, "spawn_interpreter", FunctionKind::phase, Category::sandbox_startup, 20, 1);
  other(p, "generate_python", FunctionKind::phase, Category::transpilation, 10, 3);
  CHECK(says(p, "R16") == Text{"The program itself ran only 30.0ms; profile a longer run for firm shares"});
  CHECK(says(p, "R17").empty());
  other(p, "parse_file", FunctionKind::phase, Category::parsing, 10, 3);
  CHECK(says(p, "R17").empty());
  p.run.transpile_cache = "miss";
  const std::string again = "Consider: running again (cached) or transpiling at build time";
  CHECK(says(p, "R17") == Text{"3 files were transpiled in this run (cache miss)", again});
  p.files[0].line_count = 10'001;
  CHECK(says(p, "R17") == Text{"3 files were transpiled in this run (cache miss)", "a.ml has 10,001 lines",
                               again, "Consider: splitting it into modules"});
  Profile longer = program({1'000});
  other(longer, "spawn_interpreter", FunctionKind::phase, Category::sandbox_startup, 1'001, 1);
  CHECK(says(longer, "R16").empty());
}

TEST_CASE("D1 always speaks of the guards") {
  Profile p = program({900});
  other(p, "safe_call", FunctionKind::guard, Category::runtime_overhead, 60, 10).callers = {from(0, 12, 10)};
  other(p, "safe_attr_access", FunctionKind::guard, Category::runtime_overhead, 40, 30).callers = {
      from(0, 12, 10), from(0, 13, 10), from(kNone, 0, 10)};
  CHECK(says(p, "D1") == Text{"safe_attr_access: 30 calls, 67% of them from f1() (a.ml:10)",
                              "Below the 15% threshold: no action needed"});
  p.functions[1].self_ns += 100 * kMs;
  p.category_ns[1] += 100 * kMs;
  p.total_ns += 100 * kMs;
  CHECK(says(p, "D1") == Text{"safe_attr_access: 30 calls, 67% of them from f1() (a.ml:10)",
                              "safe_call: 10 calls, 100% of them from f1() (a.ml:10)",
                              "Above the 15% threshold",
                              "Consider: caching or batching library and built-in calls"});
  CHECK(says(program({900}), "D1").empty());

  Profile nested = program({900});
  Profile::Function& convert =
      other(nested, "from_ml", FunctionKind::guard, Category::runtime_overhead, 60, 99);
  convert.callers = {from(1, 103, 90), from(0, 12, 9)};
  nested.tree = {
      {kNone, 0, 12, 900 * kMs, 900, 0}, {0, 1, 103, 20 * kMs, 20, 0}, {1, 1, 103, 40 * kMs, 40, 0}};
  CHECK(says(nested, "D1")[0] == "from_ml: 99 calls, 100% of them from f1() (a.ml:10)");
}

TEST_CASE("D2 to D4 name the slowest step") {
  Profile p = program({500});
  p.files[0].line_count = 1'200;
  p.run.transpile_cache = "miss";
  other(p, "parse_file", FunctionKind::phase, Category::parsing, 60, 3);
  other(p, "generate_python", FunctionKind::phase, Category::transpilation, 100, 3);
  other(p, "scan_patterns", FunctionKind::phase, Category::security_analysis, 60, 3);
  other(p, "spawn_interpreter", FunctionKind::phase, Category::sandbox_startup, 200, 1);
  CHECK(rules(measured_findings(p)) == "R1/0 D3 D4 ");
  CHECK(says(p, "D3") ==
        Text{"Slowest check: scan_patterns, 0.060s in 3 calls", "Longest file: a.ml, 1,200 lines"});
  CHECK(says(p, "D4") ==
        Text{"Slowest step: spawn_interpreter, 0.200s in 1 call", "Consider: a warm worker"});
  other(p, "compile_bytecode", FunctionKind::phase, Category::transpilation, 80, 3);
  CHECK(says(p, "D2") == Text{"Slowest step: generate_python, 0.100s in 3 calls",
                              "Longest file: a.ml, 1,200 lines", "Transpile cache: miss"});
}

TEST_CASE("the worked data set's findings are in report order") {
  const Profile p = test::worked_example();
  CHECK(rules(p.findings) == "R1/0 R3/0 R4/0 R2/1 R2/2 R8/2 R7/3 R9/4 R8/5 D1 ");
}
