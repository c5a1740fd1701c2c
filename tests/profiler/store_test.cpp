#include "profiler/store/store.h"

#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "profiler/model/tree.h"
#include "tests/profiler/random_profile.h"
#include "tests/profiler/same_profile.h"

using namespace ml::profiler;

namespace {

// Only what the schema of the specification requires.
std::string minimal() {
  return R"json({"format": "mlpy-profile", "version": 1,
 "run": {"id": "20261121-091502-7f3a", "started_at": "2026-11-21T10:15:02.5+01:00", "kind": "run",
         "program": "shop.ml", "exit_code": null, "transpile_cache": "miss"},
 "collection": {"mode": "auto", "clock": "wall", "interval_ns": 1000000, "time": "sampled", "calls": "exact",
                "memory": "off", "complete": true},
 "totals": {"wall_ns": 1000, "ml_ns": 900, "overhead_ns": 60, "stdlib_ns": 40, "calls": 3},
 "categories": [{"id": "ml_code", "self_ns": 900}, {"id": "runtime_overhead", "self_ns": 0},
  {"id": "parsing", "self_ns": 60}, {"id": "security_analysis", "self_ns": 0},
  {"id": "transpilation", "self_ns": 0}, {"id": "sandbox_startup", "self_ns": 0},
  {"id": "python_stdlib", "self_ns": 40}],
 "files": [{"path": "src/shop.ml", "self_ns": 900, "calls": 3,
   "sha256": "ab0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"}],
 "functions": [
  {"name": "(top level)", "file": 0, "line": 1, "kind": "ml", "category": "ml_code", "calls": 1,
   "calls_exact": true, "self_ns": 300, "cum_ns": 940},
  {"name": "price", "file": 0, "line": 4, "kind": "ml", "category": "ml_code", "calls": 2,
   "calls_exact": true, "self_ns": 600, "cum_ns": 640, "a field of tomorrow": {"x": [1]}},
  {"name": "sqrt", "file": null, "line": 0, "kind": "library", "category": "python_stdlib", "calls": 9,
   "calls_exact": false, "self_ns": 40, "cum_ns": 40},
  {"name": "parse_file", "file": null, "line": 0, "kind": "phase", "category": "parsing", "calls": 1,
   "calls_exact": true, "self_ns": 60, "cum_ns": 60}],
 "edges": [{"caller": null, "callee": 0, "calls": 1, "cum_ns": 940},
           {"caller": 0, "callee": 1, "line": 7, "calls": 1, "cum_ns": 320},
           {"caller": 0, "callee": 1, "line": 8, "calls": 1, "cum_ns": 320}],
 "lines": [{"function": 1, "line": 5, "hits": 2, "self_ns": 600}],
 "stacks": [STACKS]
})json";
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string complete() {
  return with(minimal(), "STACKS",
              R"({"frames": [0], "self_ns": 300}, {"frames": [0, 1], "self_ns": 600},
                 {"frames": [0, 1, 2], "self_ns": 40}, {"frames": [3], "self_ns": 60})");
}

std::string why(const std::string& text) {
  const ProfileResult result = read_mlprof(text);
  CHECK(!result.profile);
  return result.error;
}

std::string gzip(const std::string& text) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

}  // namespace

TEST_CASE("what was written is read back") {
  const auto seed = GENERATE(take(300, random(0, 1'000'000'000)));
  INFO("seed " << seed);
  const Profile p = test::RandomProfile(static_cast<std::uint64_t>(seed)).make();
  const std::string text = write_mlprof(p);
  const ProfileResult read = read_mlprof(text);
  INFO(read.error);
  REQUIRE(read.profile);
  test::same(p, *read.profile);
  const std::string again = write_mlprof(*read.profile);  // its tree has no equal siblings
  const bool same_bytes = write_mlprof(*read_mlprof(again).profile) == again;
  REQUIRE(same_bytes);
}

TEST_CASE("the specification's smallest file loads, and the rest follows from it") {
  const ProfileResult read = read_mlprof(complete());
  INFO(read.error);
  REQUIRE(read.profile);
  const Profile& p = *read.profile;
  CHECK(p.run.id == "20261121-091502-7f3a");
  CHECK(p.run.started_unix_ns == 1'795'252'502'500'000'000);
  CHECK(!p.run.exit_code);
  CHECK(p.total_ns == 1000);
  CHECK(p.elapsed_ns == 1000);
  CHECK(p.overhead_ns() == 60);
  CHECK(p.threads == 1);
  CHECK(p.counting == Counting::slot);
  CHECK(!p.has_memory());
  CHECK(p.files.at(0).name == "shop.ml");
  REQUIRE(p.functions.size() == 4);
  CHECK(p.functions[1].primitive_calls == 2);
  REQUIRE(p.functions[1].callers.size() == 2);
  CHECK(p.functions[1].callers[0].function == 0);
  CHECK(p.functions[1].callers[0].line == 7);
  CHECK(p.functions[1].callers[0].self_ns == 300);
  REQUIRE(p.functions[1].lines.size() == 1);
  CHECK(p.functions[1].lines[0].hits == 2u);
  CHECK(p.functions[1].lines[0].cum_ns == 600);
  REQUIRE(p.phases.size() == 1);
  CHECK(p.phases[0].step == "parse_file");
  CHECK(p.phases[0].ns == 60);
  REQUIRE(p.tree.size() == 4);
  CHECK(p.tree[2].parent == 1);
  CHECK(p.tree[2].function == 2);
  CHECK(p.tree[3].parent == kNone);
  CHECK(p.tree[1].self_ns == 600);
}

TEST_CASE("a file without stacks, or with stacks that only name their samples, has a tree all the same") {
  for (const std::string stacks :
       {"", R"({"frames": [0], "samples": 3}, {"frames": [0, 1], "lines": [7, 5], "samples": 2},
               {"frames": [0, 1], "lines": [8, 5], "samples": 1}, {"frames": [2], "samples": 1},
               {"frames": [3]})"}) {
    const ProfileResult read = read_mlprof(with(minimal(), "STACKS", stacks));
    INFO(read.error);
    REQUIRE(read.profile);
    std::uint64_t sum = 0;
    std::vector<std::uint64_t> self(4);
    for (const Profile::Node& node : read.profile->tree) {
      sum += node.self_ns;
      self[node.function] += node.self_ns;
    }
    CHECK(sum == 1000);
    for (std::size_t i = 0; i < 4; ++i) CHECK(self[i] == read.profile->functions[i].self_ns);
  }
}

TEST_CASE("a timeline is kept by stack") {
  Profile p = *read_mlprof(complete()).profile;
  const auto node_of = [](const Profile& in, std::uint32_t function) {
    const auto at =
        std::find_if(in.tree.begin(), in.tree.end(), [&](auto& n) { return n.function == function; });
    return static_cast<std::uint32_t>(at - in.tree.begin());
  };
  p.timeline = {{0, 60, node_of(p, 3), 0}, {60, 300, node_of(p, 0), 0}, {70, 40, node_of(p, 2), 1}};
  const Profile read = *read_mlprof(write_mlprof(p)).profile;
  REQUIRE(read.timeline.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.timeline[i].at_ns == p.timeline[i].at_ns);
    CHECK(read.timeline[i].dur_ns == p.timeline[i].dur_ns);
    CHECK(read.timeline[i].thread == p.timeline[i].thread);
    CHECK(read.tree[read.timeline[i].node].function == p.tree[p.timeline[i].node].function);
  }
  CHECK(why(with(complete(), "\"stacks\"",
                 "\"timeline\": [{\"at_ns\": 1, \"dur_ns\": 1, \"stack\": 4}], \"stacks\""))
            .find("timeline") != std::string::npos);
}

TEST_CASE("gzip is told by content") {
  const std::string text = complete(), packed = gzip(text);
  const ProfileResult read = read_mlprof(packed);
  REQUIRE(read.profile);
  test::same(*read_mlprof(text).profile, *read.profile);
  CHECK(why(packed.substr(0, packed.size() / 2)) == "its compressed data is damaged");
  CHECK(why("\x1f\x8b") == "its compressed data is damaged");
}

TEST_CASE("what cannot be read says why") {
  const std::string good = complete();
  CHECK(why("").starts_with("it is not JSON: "));
  CHECK(why(good.substr(0, good.size() / 2)).starts_with("it is not JSON: "));
  CHECK(why("[]") == "the document is not an object");
  CHECK(why("{}") == "this is not an mlpy profile");
  CHECK(why(with(good, "\"version\": 1", "\"version\": 2, \"run\": 7, \"was\": 1")) ==
        "this profile was written by a newer mlpy (format version 2; this one reads version 1)");
  CHECK(why(with(good, "\"version\": 1,", "")) == "version is missing");
  CHECK(why(with(good, "\"edges\"", "\"edge\"")) == "edges is missing");
  CHECK(why(with(good, "\"name\": \"price\", ", "")) == "functions[1].name is missing");
  CHECK(why(with(good, "\"self_ns\": 600", "\"self_ns\": -1")) ==
        "functions[1].self_ns is not a whole number, 0 or more");
  CHECK(why(with(good, "\"self_ns\": 600", "\"self_ns\": \"600\"")) ==
        "functions[1].self_ns is not a whole number, 0 or more");
  CHECK(why(with(good, "\"self_ns\": 600", "\"self_ns\": 2e18")) ==
        "functions[1].self_ns is not a whole number, 0 or more");
  CHECK(why(with(good, "\"self_ns\": 600", "\"self_ns\": 2000000000000000000")) ==
        "functions[1].self_ns is too large");
  CHECK(why(with(good, "\"callee\": 1", "\"callee\": 4")) == "edges[1].callee is 4, beyond the table's end");
  CHECK(why(with(good, "[0, 1, 2]", "[0, 1, 9]")) ==
        "stacks[2].frames name a function beyond the table's end");
  CHECK(why(with(good, "[0, 1, 2]", "[]")) == "stacks[2].frames is missing or empty");
  CHECK(why(with(good, "[0, 1, 2]", "[0, 1, 2], \"lines\": [1]")) ==
        "stacks[2].lines is not as long as frames");
  CHECK(why(with(good, "\"kind\": \"phase\"", "\"kind\": \"stage\"")) ==
        "functions[3].kind is 'stage', which this version does not know");
  CHECK(why(with(good, "\"calls\": 3,", "\"calls\": 3, \"text_zstd\": \"AAAA\",")) ==
        "files[0].text_zstd is damaged");
  CHECK(why(with(good, "2026-11-21T10:15:02.5+01:00", "yesterday")) ==
        "run.started_at is not a time like 2026-11-21T09:15:02Z");
  CHECK(read_mlprof(with(good, "\"self_ns\": 600", "\"self_ns\": 600.0")).profile);
}

TEST_CASE("a file is at most 32 MB: what weighs least is joined, sums stay") {
  Profile p = *read_mlprof(complete()).profile;
  Profile::Function& f = p.functions[0];
  std::mt19937_64 random(5);
  f.lines.clear();
  f.callers.clear();
  f.self_ns = f.calls = f.primitive_calls = 0;
  for (std::uint32_t i = 1; i <= 250'000; ++i) {
    Profile::Line& line = f.lines.emplace_back();
    line.line = i;
    line.self_ns = line.cum_ns = random() % 1'000'000;
    line.samples = 1;
    f.self_ns += line.self_ns;
    Profile::Caller& caller = f.callers.emplace_back();
    caller.function = 1;
    caller.line = i;
    caller.self_ns = caller.cum_ns = line.self_ns;
    caller.calls = 1;
    ++f.calls;
  }
  const std::string bytes = write_mlprof(p);
  CHECK(bytes.size() <= std::size_t{32} << 20);
  const Profile read = *read_mlprof(bytes).profile;
  const Profile::Function& g = read.functions[0];
  std::uint64_t lines = 0, calls = 0, edges = 0, heaviest = 0;
  CHECK(std::is_sorted(g.lines.begin(), g.lines.end(), [](auto& a, auto& b) { return a.line < b.line; }));
  for (const Profile::Line& line : g.lines) {
    lines += line.self_ns;
    if (line.line != 0) heaviest = std::max(heaviest, line.self_ns);
  }
  for (const Profile::Caller& caller : g.callers) calls += caller.calls, edges += caller.self_ns;
  CHECK(g.lines.size() > 10'000);
  CHECK(g.lines.size() < f.lines.size());
  CHECK(lines == f.self_ns);
  CHECK(edges == f.self_ns);
  CHECK(calls == f.calls);
  CHECK(heaviest > 999'000);  // what weighs most is still itself
}

TEST_CASE("text that is no UTF-8 is repaired, sources keep their bytes") {
  Profile p;
  p.run.program = "caf\xe9.ml";
  p.files.push_back({.path = "caf\xe9.ml", .text = "print(\"\xff\");\r\nprint(2);"});
  Profile::Function f;
  f.name = "f";
  f.file = 0;
  f.lines.push_back({.line = 2, .source = "print(2);"});
  p.functions.push_back(f);
  const std::string text = write_mlprof(p);
  CHECK(text.find("\"source\"") == std::string::npos);  // the text has it
  const ProfileResult read = read_mlprof(text);
  INFO(read.error);
  REQUIRE(read.profile);
  CHECK(read.profile->run.program == "caf\xef\xbf\xbd.ml");
  CHECK(read.profile->files[0].text == p.files[0].text);
  CHECK(read.profile->functions[0].lines[0].source == "print(2);");
}

TEST_CASE("too many stacks are folded into (other), keeping every function's own time") {
  Profile p;
  for (int i = 0; i < 50; ++i) {
    Profile::Function f;
    f.name = "f" + std::to_string(i);
    p.functions.push_back(f);
  }
  std::mt19937_64 random(5);
  const auto add = [&](std::uint32_t parent, std::uint32_t function, std::uint64_t ns) {
    p.tree.push_back({parent, function, static_cast<std::uint32_t>(random() % 5), ns, ns % 7, ns % 3});
    p.functions[function].self_ns += ns;
  };
  SECTION("wide") {
    for (std::uint32_t i = 0; i < 300'000; ++i)
      add(i == 0 ? kNone : static_cast<std::uint32_t>(random() % std::min(i, 900u)), i % 50,
          1 + random() % 100'000);
  }
  SECTION("deep") {
    for (std::uint32_t i = 0; i < 20'000; ++i) add(i == 0 ? kNone : i - 1, i % 50, 1 + i % 1000);
  }
  REQUIRE(!model::fits(p.tree));
  const std::string text = write_mlprof(p);
  CHECK(text.size() < 32u << 20);
  const ProfileResult read = read_mlprof(text);
  INFO(read.error);
  REQUIRE(read.profile);
  CHECK(read.profile->functions.back().name == "(other)");
  CHECK(model::fits(read.profile->tree));
  std::vector<std::uint64_t> self(51);
  for (const Profile::Node& node : read.profile->tree) self[node.function] += node.self_ns;
  for (std::size_t i = 0; i < 50; ++i) CHECK(self[i] == p.functions[i].self_ns);
  CHECK(self[50] == 0);
  CHECK(read.profile->functions[50].cum_ns != 0);
  const std::string again = write_mlprof(*read.profile);
  const bool folded_once = write_mlprof(*read_mlprof(again).profile) == again;
  CHECK(folded_once);
}
