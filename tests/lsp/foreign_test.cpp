// Profiles of other tools (editor-protocols.md 4.3): what mlpy exports in their formats comes back as it was.
#include <catch2/catch.hpp>
#include <map>

#include "lsp/profile/foreign.h"
#include "profiler/export/writers.h"
#include "profiler/store/store.h"

using namespace ml;
using namespace ml::lsp;

namespace {

const char* const kRun = R"json({"format": "mlpy-profile", "version": 1,
"run": {"id": "20260101-000000-aaaa", "started_at": "2026-01-01T00:00:00Z", "kind": "run", "program": "shop.ml",
 "exit_code": 0, "transpile_cache": "off"},
"collection": {"mode": "sample", "clock": "wall", "interval_ns": 1000000, "time": "sampled", "calls": "exact", "memory": "off",
 "complete": true},
"totals": {"wall_ns": 10000000, "ml_ns": 9000000, "overhead_ns": 0, "stdlib_ns": 1000000, "calls": 7},
"categories": [{"id": "ml_code", "self_ns": 9000000, "at_peak_bytes": 0},
 {"id": "runtime_overhead", "self_ns": 0, "at_peak_bytes": 0}, {"id": "parsing", "self_ns": 0, "at_peak_bytes": 0},
 {"id": "security_analysis", "self_ns": 0, "at_peak_bytes": 0}, {"id": "transpilation", "self_ns": 0, "at_peak_bytes": 0},
 {"id": "sandbox_startup", "self_ns": 0, "at_peak_bytes": 0}, {"id": "python_stdlib", "self_ns": 1000000, "at_peak_bytes": 0}],
"files": [{"path": "lib/shop.ml", "name": "shop.ml",
 "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "self_ns": 9000000, "calls": 5}],
"functions": [
 {"name": "price", "file": 0, "line": 4, "kind": "ml", "category": "ml_code", "calls": 4, "calls_exact": true, "self_ns": 6000000, "cum_ns": 7000000, "samples": 6},
 {"name": "(top level)",
                  "file" : 0, "line" : 1, "kind" : "ml",
                  "category" : "ml_code",
                  "calls" : 1,
                  "calls_exact" : true,
                  "self_ns" : 3000000,
                  "cum_ns" : 10000000,
                  "samples" : 3
},
 {"name": "sqrt", "file": null, "line": 0, "kind": "library", "category": "python_stdlib", "calls": 2, "calls_exact": true, "self_ns": 1000000, "cum_ns": 1000000, "samples": 1}],
"edges": [{"caller": null, "callee": 1, "line": 0, "calls": 1, "cum_ns": 10000000},
 {"caller": 1, "callee": 0, "line": 9, "calls": 4, "cum_ns": 7000000}, {"caller": 0, "callee": 2, "line": 5, "calls": 2, "cum_ns": 1000000}],
"lines": [],
"stacks": [{"frames": [1], "self_ns": 3000000, "samples": 3}, {"frames": [1, 0], "self_ns": 6000000, "samples": 6},
 {"frames": [1, 0, 2], "self_ns": 1000000, "samples": 1}]
})json";

profiler::Profile original() {
  auto read = profiler::read_mlprof(kRun);
  INFO(read.error);
  REQUIRE(read.profile);
  return std::move(*read.profile);
}

std::map<std::string, std::uint64_t> own_times(const profiler::Profile& p) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& f : p.functions)
    if (f.file != profiler::kNone && p.files[f.file].ml && f.self_ns > 0) out[f.name] = f.self_ns;
  return out;
}

std::map<std::string, std::string> exported(const profiler::Profile& p) {
  using namespace profiler::exports;
  return {{"cpuprofile", cpuprofile(p)},
          {"speedscope", speedscope(p)},
          {"pprof", pprof(p)},
          {"folded", collapsed(p, Weight::time)},
          {"callgrind", callgrind(p)}};
}

}  // namespace

TEST_CASE("Profiles of other tools are read") {
  const profiler::Profile was = original();
  for (const auto& [format, bytes] : exported(was)) {
    INFO(format << "\n" << bytes);
    const auto translated = mlprof_of_foreign(bytes);
    REQUIRE(translated);
    const auto read = profiler::read_mlprof(*translated);
    INFO(read.error << "\n" << *translated);
    REQUIRE(read.profile);
    CHECK(own_times(*read.profile) == own_times(was));
    CHECK(read.profile->ml_ns() == was.ml_ns());
    std::map<std::string, std::uint64_t> with_calls, then;
    for (const auto& f : read.profile->functions) with_calls[f.name] = f.cum_ns;
    for (const auto& f : was.functions) then[f.name] = f.cum_ns;
    CHECK(with_calls["price"] == then["price"]);
    CHECK(with_calls["(top level)"] == then["(top level)"]);
    for (const auto& f : read.profile->functions) {
      if (f.name == "price" && format != "callgrind") CHECK(f.line == 4);
    }
  }
}

TEST_CASE("Other bytes are no profile of another tool") {
  CHECK_FALSE(mlprof_of_foreign(kRun));
  for (const char* bytes :
       {"", "{}", "{\"nodes\": 1}", "hello", "a;b", "a;b x", "\x1f\x8b garbage", "# callgrind format\n",
        "{\"nodes\": [{\"id\": 1, \"callFrame\": {}, \"children\": [1]}], \"samples\": [1], \"timeDeltas\": "
        "[5]}"}) {
    INFO(bytes);
    CHECK_FALSE(mlprof_of_foreign(bytes));
  }
  for (const auto& [format, bytes] : exported(original())) {
    // Bytes that are no UTF-8, also those of a surrogate, make a profile or none, but not half of one.
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string spoilt = bytes;
      spoilt[at] = '\xed';
      INFO(format << " " << at);
      if (const auto made = mlprof_of_foreign(spoilt)) CHECK(profiler::read_mlprof(*made).profile);
    }
    for (std::size_t size = 0; size < bytes.size(); size += 7)
      mlprof_of_foreign(std::string_view(bytes).substr(0, size));
  }
}
