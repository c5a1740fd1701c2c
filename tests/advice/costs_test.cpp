// Static rules joined with what they cost (profiler-reports.md 4.2): each at both sides of its thresholds.
#include <algorithm>
#include <catch2/catch.hpp>

#include "profiler/advice/advice.h"

using namespace ml::profiler;

namespace {

constexpr std::uint64_t kMs = 1'000'000;
using Text = std::vector<std::string>;

struct Ran {
  const char* name;
  std::uint32_t line;
  std::uint64_t ms, calls;
};

// A run of the text, functions most time first.
Profile run_of(const char* text, std::initializer_list<Ran> functions) {
  Profile p;
  p.run.program = "a.ml";
  p.files.emplace_back();
  p.files[0].path = p.files[0].name = "a.ml";
  p.files[0].text = text;
  for (const Ran& ran : functions) {
    Profile::Function& f = p.functions.emplace_back();
    f.name = ran.name;
    f.file = 0;
    f.line = ran.line;
    f.calls = ran.calls;
    f.self_ns = f.cum_ns = ran.ms * kMs;
    f.samples = ran.ms;
    p.files[0].self_ns += f.self_ns;
  }
  p.category_ns[0] = p.total_ns = p.files[0].self_ns;
  return p;
}

const Profile::Finding* found(const std::vector<Profile::Finding>& all, const std::string& rule) {
  for (const auto& f : all)
    if (f.rule == rule) return &f;
  return nullptr;
}
Text says(const Profile& p, const std::string& rule) {
  const auto all = advice::findings(p);
  const auto* f = found(all, rule);
  return f != nullptr ? f->text : Text{};
}

constexpr const char* kPairs = R"(function pairs(rows) {
    n = 0;
    for (a in rows) {
        for (b in rows) {
            if (a == b) { n = n + 1; }
        }
    }
    return n;
}
print(pairs([1, 2]));
)";

}  // namespace

TEST_CASE("R4 needs 5 % and, where hits are known, an inner loop that runs ten times") {
  const Text text = {"Lines 3 and 4 loop over the same array \"rows\" (work grows with its square)",
                     "Consider: one pass that stores each key in an object and looks it up"};
  Profile p = run_of(kPairs, {{"(top level)", 1, 950, 1}, {"pairs", 1, 50, 1}});
  CHECK(says(p, "R4") == text);
  CHECK(found(advice::findings(p), "R4")->function == 1);
  CHECK(found(advice::findings(p), "R4")->line == 3);
  p.functions[1].lines = {{3, 0, 0, 0, "", 10, 0, 0}, {4, 0, 0, 0, "", 99, 0, 0}};
  CHECK(says(p, "R4") == text);
  p.collection.lines = true;
  CHECK(says(p, "R4").empty());
  p.functions[1].lines[1].hits = 100;
  CHECK(says(p, "R4") == text);
  CHECK(says(run_of(kPairs, {{"(top level)", 1, 951, 1}, {"pairs", 1, 49, 1}}), "R4").empty());
}

TEST_CASE("no text, no static rule; too few samples, no static rule") {
  Profile p = run_of(kPairs, {{"pairs", 1, 1'000, 1}});
  CHECK_FALSE(says(p, "R4").empty());
  p.functions[0].samples = 29;
  CHECK(says(p, "R4").empty());
  p.functions[0].samples = 30;
  p.files[0].text.clear();
  CHECK(says(p, "R4").empty());
  CHECK_FALSE(says(p, "R1").empty());
}

TEST_CASE("R1 leaves the advice to a rule that knows more") {
  const Profile p = run_of(kPairs, {{"pairs", 1, 1'000, 1}});
  CHECK(says(p, "R1") == Text{"This function is your main performance bottleneck"});
  CHECK(advice::findings(p).size() == 2);
  CHECK(advice::findings(p)[0].rule == "R1");
}

TEST_CASE("R5 counts what the called function does there") {
  constexpr const char* kText = R"(function contains(arr, value) {
    for (i = 0; i < arr.length; i = i + 1) {
        if (arr[i] == value) return true;
    }
    return false;
}
function main(known) {
    n = 0;
    for (i = 0; i < 2000; i = i + 1) {
        if (contains(known, i)) { n = n + 1; }
    }
    return n;
}
print(main(range(99)));
)";
  const Text text = {"Line 10 searches the array \"known\" inside a loop (each search is a full pass)",
                     "Consider: building an object from it once and testing obj[key]"};
  Profile p = run_of(kText, {{"contains", 1, 960, 2'000}, {"main", 7, 40, 1}});
  CHECK(says(p, "R5").empty());
  p.functions[0].callers = {{1, 10, 49 * kMs, 49 * kMs, 49, 2'000}};
  CHECK(says(p, "R5").empty());
  p.functions[0].callers[0].cum_ns = 50 * kMs;
  CHECK(says(p, "R5") == text);
  CHECK(found(advice::findings(p), "R5")->function == 1);
  p.functions[0].callers[0].line = 9;
  CHECK(says(p, "R5").empty());
}

TEST_CASE("R6 needs 1,000 calls and 10 %") {
  constexpr const char* kText =
      "function fib(n) {\n  if (n < 2) return n;\n  return fib(n - 1) + fib(n - 2);\n}\nprint(fib(9));\n";
  Profile p = run_of(kText, {{"(top level)", 1, 900, 1}, {"fib", 1, 100, 1'000}});
  CHECK(says(p, "R6") == Text{"Calls itself at 2 places and keeps no results (1,000 calls in this run)",
                              "Consider: storing results in an object keyed by the argument"});
  p.functions[1].calls_exact = false;
  CHECK(says(p, "R6")[0] == "Calls itself at 2 places and keeps no results (~1,000 calls in this run)");
  p.functions[1].calls = 999;
  CHECK(says(p, "R6").empty());
  CHECK(says(run_of(kText, {{"(top level)", 1, 901, 1}, {"fib", 1, 99, 1'000}}), "R6").empty());
}

TEST_CASE("R7 needs 3 %") {
  constexpr const char* kText =
      "function table(rows) {\n  s = \"\";\n  for (r in rows) { s = s + r; }\n  return "
      "s;\n}\nprint(table([1]));\n";
  CHECK(says(run_of(kText, {{"(top level)", 1, 970, 1}, {"table", 1, 30, 1}}), "R7") ==
        Text{"Line 3 appends to the string \"s\" inside a loop (every step copies it)",
             "Consider: collecting the parts in an array and joining once"});
  CHECK(says(run_of(kText, {{"(top level)", 1, 971, 1}, {"table", 1, 29, 1}}), "R7").empty());
}

TEST_CASE("R9 says which copy to avoid") {
  constexpr const char* kText =
      "function keep(rows) {\n  mine = rows.slice();\n  return len(mine);\n}\nprint(keep([1]));\n";
  Profile p = run_of(kText, {{"keep", 1, 1'000, 1}});
  p.collection.memory = How::exact;
  p.peak_bytes = p.category_bytes[0] = p.files[0].at_peak_bytes = p.functions[0].at_peak_bytes = 20 << 20;
  CHECK(says(p, "R9") == Text{"Holds 20.0 MB at the peak (100% of 20.0 MB)",
                              "Consider: avoiding the copy of \"rows\" at line 2"});
  p.files[0].text = "function keep(rows) {\n  mine = len(rows);\n  return mine;\n}\nprint(keep([1]));\n";
  CHECK(says(p, "R9")[1] == "Consider: processing rows as they are read, or in batches of 1,000");
}

TEST_CASE("R10 needs 10,000 elements") {
  constexpr const char* kText = R"(function process(items) {
    return items.map(x => ({value: x}))
        .filter(o => o.value > 0).map(o => o.value * 2);
}
print(process([1]));
)";
  Profile p = run_of(kText, {{"process", 1, 900, 1}, {"process.(anonymous)", 2, 100, 10'000}});
  p.functions[1].callers = {{0, 3, 100 * kMs, 100 * kMs, 100, 10'000}};
  const auto all = advice::findings(p);
  std::vector<std::string> texts;
  for (const auto& f : all)
    if (f.rule == "R10") texts.push_back(std::to_string(f.function) + ": " + f.text[0]);
  CHECK(texts == std::vector<std::string>{"0: Line 2 builds 3 temporary arrays per call",
                                          "1: Line 2 creates an object on each of 10,000 iterations"});
  CHECK(found(all, "R10")->text[1] == "Consider: one loop that does all steps");
  p.functions[0].self_ns = 0;  // the steps' time is the chain's
  p.functions[0].samples = 0;
  CHECK(advice::findings(p).back().text[0] == "Line 2 builds 3 temporary arrays per call");
  p.functions[1].calls = p.functions[1].callers[0].calls = 9'999;
  CHECK(says(p, "R10").empty());
}

TEST_CASE("R12 needs 100,000 evaluations, from hits or from calls") {
  constexpr const char* kText = R"(function limit(values) {
    best = 0;
    for (v in values) { if (v > best) { best = v; } }
    return best;
}
function run(values) {
    i = 0;
    while (i < limit(values)) { i = i + 1; }
    return i;
}
print(run([100000]));
)";
  const Text text = {"Line 8 evaluates limit(values) again on each of 100,000 iterations",
                     "Consider: storing it in a variable before the loop"};
  Profile p = run_of(kText, {{"limit", 1, 960, 100'000}, {"run", 6, 40, 1}});
  p.functions[0].callers = {{1, 8, 960 * kMs, 960 * kMs, 960, 100'000}};
  CHECK(says(p, "R12") == text);
  p.functions[0].callers[0].calls = 99'999;
  CHECK(says(p, "R12").empty());
  p.collection.lines = true;
  p.functions[1].lines = {{8, 0, 0, 0, "", 100'000, 0, 0}};
  CHECK(says(p, "R12") == text);
}

TEST_CASE("R13 names the call") {
  constexpr const char* kText = R"(function rate(country) {
    r = 0.1;
    for (c in ["a", "b"]) { if (c == country) { r = r + 0.1; } }
    return r;
}
function prices(orders, country) {
    total = 0;
    for (o in orders) { total = total + o * rate(country); }
    return total;
}
print(prices([1, 2], "a"));
)";
  Profile p = run_of(kText, {{"rate", 1, 960, 2}, {"prices", 6, 40, 1}});
  p.functions[0].callers = {{1, 8, 960 * kMs, 960 * kMs, 960, 2}};
  CHECK(says(p, "R13") == Text{"Line 8 computes rate(country) again with the same arguments",
                               "Consider: moving it before the loop"});
  p.functions[0].callers[0].cum_ns = 49 * kMs;
  CHECK(says(p, "R13").empty());
}

TEST_CASE("of several findings of a rule the one that took most time is kept") {
  constexpr const char* kText =
      "function f(xs, ys) {\n  s = \"\";\n  for (x in xs) { s = s + x; }\n  t = \"\";\n"
      "  for (y in ys) { t = t + y; }\n  return s + t;\n}\nprint(f([1], [2]));\n";
  Profile p = run_of(kText, {{"f", 1, 1'000, 1}});
  CHECK(says(p, "R7")[0] == "Line 3 appends to the string \"s\" inside a loop (every step copies it)");
  p.functions[0].lines = {{3, 400, 400 * kMs, 400, "", {}, 0, 0}, {5, 600, 600 * kMs, 600, "", {}, 0, 0}};
  const auto all = advice::findings(p);
  CHECK(std::count_if(all.begin(), all.end(), [](const auto& f) { return f.rule == "R7"; }) == 1);
  CHECK(says(p, "R7")[0] == "Line 5 appends to the string \"t\" inside a loop (every step copies it)");
}
