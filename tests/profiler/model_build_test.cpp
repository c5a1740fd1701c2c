#include <catch2/catch.hpp>
#include <map>

#include "profiler/format/reader.h"
#include "profiler/model/profile.h"
#include "profiler/store/store.h"
#include "tests/profiler/invariants.h"
#include "tests/profiler/random_capture.h"
#include "tests/profiler/same_profile.h"
#include "tests/profiler/sample_capture.h"

using namespace ml::profiler;

namespace {

const Profile::Function& function(const Profile& p, std::string_view name) {
  for (const auto& f : p.functions)
    if (f.name == name) return f;
  FAIL("no function " << name);
  return p.functions.front();
}

const Profile::Caller& caller(const Profile& p, std::string_view callee, std::string_view of,
                              std::uint32_t line) {
  for (const auto& edge : function(p, callee).callers)
    if (edge.line == line && (edge.function == kNone ? of.empty() : p.functions[edge.function].name == of))
      return edge;
  FAIL("no edge from " << of << " line " << line);
  return function(p, callee).callers.front();
}

// A program with one file and these ML functions.
Capture program(std::initializer_list<const char*> names) {
  Capture c;
  c.complete = true;
  c.header.counting = Counting::slot;
  c.files.push_back({"a.ml"});
  std::uint32_t line = 1;
  for (const char* name : names) {
    c.functions.push_back({0, line, Category::ml_code, FunctionKind::ml, name});
    c.calls.push_back(1);
    line += 10;
  }
  return c;
}

}  // namespace

TEST_CASE("profiles of random captures keep every invariant, also through a file") {
  const auto seed = GENERATE(take(1500, random(0, 1'000'000'000)));
  INFO("seed " << seed);
  const Profile p = model::build(test::random_capture(static_cast<std::uint64_t>(seed)));
  test::keeps_invariants(p);
  const std::string text = write_mlprof(p);
  const ProfileResult read = read_mlprof(text);
  INFO(read.error);
  REQUIRE(read.profile);
  test::keeps_invariants(*read.profile);
  test::same(p, *read.profile);
  const bool same_bytes = write_mlprof(*read.profile) == text;
  REQUIRE(same_bytes);
  for (std::size_t i = 0; i < p.tree.size(); ++i) {
    REQUIRE(p.tree[i].parent == read.profile->tree[i].parent);
    REQUIRE(p.tree[i].function == read.profile->tree[i].function);
  }
}

TEST_CASE("every record of a capture finds its place") {
  const Profile p = model::build(*read_capture(test::sample_capture()).capture);
  test::keeps_invariants(p);
  CHECK(p.threads == 2);
  CHECK(p.total_ns == 10'000'001 + 4'000'000 + 8'000'000);
  CHECK(p.elapsed_ns == 10'000'001 + 8'000'000);
  CHECK(p.cpu_ns == 9'000'000 + 1'000'000);
  CHECK(p.peak_bytes == 296);
  CHECK(p.end_bytes == 164);
  CHECK(p.alloc_bytes == 9'096);
  CHECK(p.alloc_count == 58);
  CHECK(p.category_bytes[0] == 296);
  CHECK(p.collection.memory == How::sampled);
  CHECK(p.collection.memory_period_bytes == 65'536);
  CHECK(p.collection.calls == How::exact);
  CHECK(p.collection.lines);
  CHECK(p.collection.complete);
  CHECK(p.collection.interval_ns == 14'000'001 / 17);
  CHECK(p.run.python == "3.11.2");
  REQUIRE(p.run.error);
  CHECK(p.run.error->type == "TypeError");
  CHECK(p.run.error->message == "no");
  CHECK(p.run.error->line == 12);
  const auto& price = function(p, "price");
  CHECK(price.at_peak_bytes == 200);
  CHECK(price.own_peak_bytes == 300);
  CHECK(price.end_bytes == 100);
  CHECK(price.alloc_count == 50);
  CHECK(price.lines.at(0).hits == 40u);
  CHECK(!price.lines.at(1).hits);
  CHECK(price.lines.at(0).alloc_bytes == 5'000);
  CHECK(p.files.at(0).path == "shop/price.ml");
  CHECK(p.files.at(0).at_peak_bytes == 200);
  const auto& parse = function(p, "parse_file");
  CHECK(parse.kind == FunctionKind::phase);
  CHECK(parse.category == Category::parsing);
  CHECK(parse.self_ns == 3'000'000);
  CHECK(parse.calls == 1);
  CHECK(parse.file == kNone);
}

TEST_CASE("phases count their steps and are roots of the tree") {
  Capture c = program({"(top level)"});
  c.wall_ns = 5;
  c.phases = {{Category::parsing, 10, "parse_file"},
              {Category::transpilation, 7, "generate_python"},
              {Category::parsing, 20, "parse_file"},
              {Category::transpilation, 0, "cache_lookup"}};
  // The memory profiler has its own word for the first of them.
  c.functions.push_back({kNone, 0, Category::parsing, FunctionKind::phase, "parse_file"});
  c.calls.push_back(0);
  c.memory = {{1, 0, 0, 64, 64, 640, 2}};
  c.memory_totals.level = MemoryLevel::exact;
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(p.total_ns == 42);
  REQUIRE(p.functions.size() == 4);
  CHECK(function(p, "parse_file").calls == 2);
  CHECK(function(p, "parse_file").self_ns == 30);
  CHECK(function(p, "parse_file").at_peak_bytes == 64);
  CHECK(function(p, "cache_lookup").calls == 1);
  CHECK(function(p, "cache_lookup").calls_exact);
  CHECK(p.collection.memory == How::exact);
  CHECK(p.category_bytes[static_cast<std::size_t>(Category::parsing)] == 64);
  CHECK(p.phases.size() == 4);
  REQUIRE(p.tree.size() == 4);
  for (const Profile::Node& node : p.tree) CHECK(node.parent == kNone);
}

TEST_CASE("exact entries say who called how often") {
  Capture c = program({"(top level)", "fib"});
  c.header.mode = Mode::exact;
  c.calls = {1, 180};
  c.wall_ns = 1'000;
  c.nodes = {{kNone, 0, 3, 100, 0, 0, 1}, {0, 1, 12, 300, 0, 0, 1},   {1, 1, 12, 200, 0, 0, 100},
             {1, 1, 13, 100, 0, 0, 75},   {kNone, 0, 4, 50, 0, 0, 0}, {4, 1, 12, 50, 0, 0, 2}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(p.collection.time == How::exact);
  CHECK(p.collection.interval_ns == 0);
  CHECK(function(p, "fib").self_ns == 650);  // as measured
  CHECK(function(p, "(top level)").self_ns == 350);
  CHECK(function(p, "fib").calls == 180);
  CHECK(caller(p, "fib", "(top level)", 3).calls == 1);
  CHECK(caller(p, "fib", "(top level)", 4).calls == 2);
  CHECK(caller(p, "fib", "fib", 12).calls == 175);
  CHECK(caller(p, "fib", "", 0).calls == 2);  // nobody was seen making them
  CHECK(function(p, "fib").primitive_calls == 3);
  CHECK(caller(p, "(top level)", "", 0).calls == 1);
}

TEST_CASE("without entries calls follow own time, and every caller seen made one") {
  Capture c = program({"(top level)", "f", "g", "unseen"});
  c.calls = {1, 1'002, 2, 77};
  c.wall_ns = 1'000;
  c.nodes = {{kNone, 0, 2, 0, 0, 0, 0}, {0, 1, 12, 900, 0, 9, 0},  {0, 2, 22, 0, 0, 0, 0},
             {2, 1, 12, 100, 0, 1, 0},  {kNone, 0, 3, 0, 0, 0, 0}, {4, 1, 12, 0, 0, 0, 0},
             {kNone, 0, 4, 0, 0, 0, 0}, {6, 2, 22, 0, 0, 0, 0},    {kNone, 0, 5, 0, 0, 0, 0},
             {8, 2, 22, 0, 0, 0, 0}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(caller(p, "f", "(top level)", 2).calls == 900);  // 999 * 0.9 + 1, the fraction elsewhere
  CHECK(caller(p, "f", "g", 22).calls == 101);
  CHECK(caller(p, "f", "(top level)", 3).calls == 1);
  CHECK(function(p, "f").primitive_calls == 1'002);
  CHECK(function(p, "g").calls == 2);  // counted: three places do not make it three
  CHECK(function(p, "unseen").calls == 77);
  CHECK(caller(p, "unseen", "", 0).calls == 77);
}

TEST_CASE("what nobody counted was called at least where it was seen") {
  Capture c = program({"(top level)", "f"});
  c.functions.push_back({kNone, 0, Category::python_stdlib, FunctionKind::library, "json.parse"});
  c.calls = {1, 0, 0};
  c.wall_ns = 100;
  c.nodes = {
      {kNone, 0, 2, 10, 0, 1, 0}, {0, 1, 12, 10, 0, 1, 0}, {1, 2, 0, 10, 0, 1, 0}, {0, 2, 0, 10, 0, 1, 0}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(function(p, "json.parse").calls == 2);
  CHECK(!function(p, "json.parse").calls_exact);
  CHECK(function(p, "f").calls == 1);
  CHECK(!function(p, "f").calls_exact);
  CHECK(function(p, "(top level)").calls_exact);
}

TEST_CASE("recursion makes some calls not primitive") {
  Capture c = program({"(top level)", "fib", "twice"});
  c.calls = {1, 1'000, 50};
  c.wall_ns = 1'000;
  c.nodes = {{kNone, 0, 2, 0, 0, 0, 0},
             {0, 1, 12, 10, 0, 1, 0},
             {1, 1, 12, 890, 0, 89, 0},
             {1, 2, 22, 100, 0, 10, 0}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(function(p, "fib").primitive_calls == 11);  // by own time outside itself
  CHECK(function(p, "twice").primitive_calls == 50);
}

TEST_CASE("memory that is highest at the end peaks there") {
  Capture c = program({"(top level)", "f"});
  c.wall_ns = 10;
  c.memory_totals.level = MemoryLevel::full;
  c.memory = {{0, 2, 700, 700, 100, 900, 3}, {1, 12, 0, 500, 400, 500, 1}, {1, 13, 30, 100, 50, 100, 1}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(p.peak_bytes == 730);
  CHECK(function(p, "f").at_peak_bytes == 30);
  CHECK(function(p, "f").own_peak_bytes == 500);
  std::uint64_t bytes = 0;
  for (const Profile::Node& node : p.tree) bytes += node.alloc_bytes;
  CHECK(bytes == 1'500);
}

TEST_CASE("a killed run keeps what it had") {
  const std::string whole = test::sample_capture();
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const CaptureResult read = read_capture(std::string_view(whole).substr(0, cut));
    if (!read.capture) continue;
    const Profile p = model::build(*read.capture);
    test::keeps_invariants(p);
    CHECK(!p.complete);
    CHECK(!p.collection.complete);
  }
}

TEST_CASE("a run that failed before its first statement is start-up") {
  Capture c = program({"(top level)"});
  c.calls = {0};
  c.wall_ns = 10;
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(p.files.empty());
  CHECK(p.of(Category::sandbox_startup) == 10);
  CHECK(p.ml_ns() == 0);
}

TEST_CASE("a program that ran has ML time even if every sample was taken around it") {
  Capture c = program({"(top level)", "f"});
  c.functions.push_back({kNone, 0, Category::sandbox_startup, FunctionKind::phase, "(outside)"});
  c.calls = {1, 3, 0};
  c.wall_ns = 4'000;
  c.nodes = {{kNone, 2, 0, 700, 100, 2, 0}};
  const Profile short_run = model::build(c);
  test::keeps_invariants(short_run);
  CHECK(short_run.ml_ns() == 4'000);
  CHECK(short_run.of(Category::sandbox_startup) == 0);
  CHECK(function(short_run, "(top level)").self_ns == 4'000);

  // One sample of its code is enough to know better.
  c.nodes.push_back({kNone, 0, 2, 700, 0, 2, 0});
  const Profile sampled = model::build(c);
  test::keeps_invariants(sampled);
  CHECK(sampled.of(Category::sandbox_startup) == 2'050);
  CHECK(sampled.ml_ns() == 1'950);

  // A program that never began has no ML time.
  c.nodes.pop_back();
  c.calls = {0, 0, 0};
  CHECK(model::build(c).ml_ns() == 0);
}

TEST_CASE("a timeline has the phases around the program, and of a thread one thing at a time") {
  Capture c = program({"(top level)", "f"});
  c.calls = {1, 1};
  c.wall_ns = 1'000;
  c.phases = {{Category::parsing, 50, "parse_file"},
              {Category::transpilation, 20, "generate_python"},
              {Category::sandbox_startup, 5, "collect_result"}};
  c.nodes = {{kNone, 0, 2, 400, 0, 4, 0}, {0, 1, 5, 600, 0, 6, 0}};
  c.memory = {{1, 7, 10, 10, 10, 100, 1}};  // on a line without a sample: the tree grows by a node
  c.timeline = {{0, 300, 1, 0}, {250, 150, 0, 0}, {400, 600, 1, 0}, {100, 50, 0, 1}, {900, 500, 0, 0}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  std::vector<std::string> order;
  std::map<std::uint32_t, std::uint64_t> ends;
  std::uint64_t before = 0;
  for (const Profile::Moment& m : p.timeline) {
    order.push_back(p.functions[p.tree[m.node].function].name);
    CHECK(m.at_ns >= before);
    before = m.at_ns;
    CHECK(m.at_ns >= ends[m.thread]);
    ends[m.thread] = m.at_ns + m.dur_ns;
  }
  CHECK(order == std::vector<std::string>{"parse_file", "generate_python", "f", "(top level)", "(top level)",
                                          "f", "collect_result"});
  CHECK(p.timeline[2].at_ns == 70);
  CHECK(p.timeline[4].dur_ns == 100);  // 250 to 400 overlaps what was seen before
  CHECK(p.timeline.back().at_ns == 1'070);
  CHECK(model::build(program({"(top level)"})).timeline.empty());
}

TEST_CASE("library functions keep their Python file, which is no ML file") {
  Capture c = program({"(top level)"});
  c.files.push_back({"_strptime.py"});
  c.functions.push_back({1, 565, Category::python_stdlib, FunctionKind::library, "strptime"});
  c.calls.push_back(0);
  c.wall_ns = 100;
  c.nodes = {{kNone, 0, 2, 10, 0, 1, 0}, {0, 1, 600, 90, 0, 9, 0}};
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  REQUIRE(p.files.size() == 2);
  CHECK(p.files[0].ml);
  CHECK(!p.files[1].ml);
  CHECK(p.files[1].self_ns == 0);
  CHECK(p.files[function(p, "strptime").file].name == "_strptime.py");
}

TEST_CASE("deep recursion and a million nodes take linear time") {
  Capture c = program({"(top level)", "f", "g", "h"});
  c.calls = {1, 5'000'000, 3, 4};
  c.wall_ns = 60'000'000'000;
  const std::uint32_t nodes = 1'000'000, deep = 4'096;
  std::mt19937_64 random(11);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    capture::Node n;
    n.parent = i == 0 ? kNone : i < deep ? i - 1 : static_cast<std::uint32_t>(random() % i);
    n.function = i == 0 ? 0 : 1 + (i * 7919u >> 3) % 3;
    n.line = 10 * n.function + static_cast<std::uint32_t>(random() % 8);
    n.ticks = random() % 3;
    n.cpu_ns = n.ticks * 1'000'000;
    c.nodes.push_back(n);
  }
  const Profile p = model::build(c);
  test::keeps_invariants(p);
  CHECK(p.functions.back().name == "(other)");  // beyond what a file holds
}
