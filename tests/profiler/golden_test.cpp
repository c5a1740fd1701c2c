// The five reports and the per-line report of the worked data set, byte for byte. The texts in golden/ are
// the blocks of profiler-reports.md: ml-summary.txt of 3.1 (with the recommendations of 4), ml-details.txt
// of 3.2, dev-summary.txt of 3.3, dev-details.txt of 3.4, raw.txt of 3.5 (with the two empty lines it asks
// for), lines.txt of 3.7. worked.mlprof is the data set as a file.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "profiler/report/report.h"
#include "profiler/store/store.h"
#include "tests/profiler/same_profile.h"
#include "tests/profiler/worked_example.h"

using namespace ml::profiler;
using report::Kind;
using test::worked_example;

namespace {

std::string golden_path(const std::string& name) {
  return std::string(MLPY_SOURCE_DIR) + "/tests/profiler/golden/" + name;
}

std::string golden(const std::string& name) {
  std::ifstream file(golden_path(name), std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string golden(Kind kind) { return golden(std::string(report::name_of(kind)) + ".txt"); }

Profile from_file() {
  auto read = read_mlprof(golden("worked.mlprof"));
  INFO(read.error);
  REQUIRE(read.profile);
  return std::move(*read.profile);
}

}  // namespace

TEST_CASE("every report of the worked data set, byte for byte") {
  const Profile p = worked_example();
  for (const Kind kind : report::kKinds) {
    const std::string text = report::render(p, kind);
    INFO(report::name_of(kind));
    CHECK(text == golden(kind));
  }
}

TEST_CASE("the per-line report of the worked data set, byte for byte") {
  const std::string text = report::line_report(worked_example(), {.function = "find_duplicates"});
  CHECK(text == golden("lines.txt"));
}

TEST_CASE("the worked data set adds up") {
  const Profile p = worked_example();
  CHECK(p.total_ns == 3'000'000'000);
  CHECK(p.ml_ns() == 2'500'000'000);
  CHECK(p.category_ns == std::array<std::uint64_t, kCategories>{2'500'000'000, 231'700'000, 19'800'000,
                                                                6'400'000, 31'500'000, 68'300'000,
                                                                142'300'000});
  for (const Profile::Function& f : p.functions) {
    std::uint64_t calls = 0, lines = 0, bytes = 0;
    for (const Profile::Caller& c : f.callers) calls += c.calls;
    for (const Profile::Line& l : f.lines) lines += l.self_ns, bytes += l.at_peak_bytes;
    CHECK(calls == f.calls);
    if (!f.lines.empty()) CHECK(lines == f.self_ns);
    if (!f.lines.empty()) CHECK(bytes == f.at_peak_bytes);
  }
}

// MLPY_WRITE_GOLDEN=1 writes the file anew, after a change of its format.
TEST_CASE("the file of the worked data set gives the same reports") {
  if (std::getenv("MLPY_WRITE_GOLDEN") != nullptr)
    std::ofstream(golden_path("worked.mlprof"), std::ios::binary) << write_mlprof(worked_example());
  const Profile p = from_file();
  test::same(p, worked_example());
  for (const Kind kind : report::kKinds) {
    INFO(report::name_of(kind));
    CHECK(report::render(p, kind) == golden(kind));
  }
  CHECK(report::line_report(p, {.function = "find_duplicates"}) == golden("lines.txt"));
}

TEST_CASE("several reports in the order asked for, each once, with rules between") {
  const Profile p = worked_example();
  const std::string rule = "\n" + std::string(70, '-') + "\n\n";
  const Kind two[] = {Kind::dev_summary, Kind::ml_summary, Kind::dev_summary};
  CHECK(report::render(p, two) == golden(Kind::dev_summary) + rule + golden(Kind::ml_summary));
  const std::string line(70, '=');
  const std::string raw = line + "\nRAW PROFILE DATA\n" + line + "\n\n" + golden(Kind::raw);
  CHECK(report::render(p, report::kKinds) == golden(Kind::ml_summary) + rule + golden(Kind::ml_details) +
                                                 rule + golden(Kind::dev_summary) + rule +
                                                 golden(Kind::dev_details) + rule + raw);
  const Kind same[] = {Kind::raw, Kind::raw};
  CHECK(report::render(p, same) == golden(Kind::raw));
  CHECK(report::render(p, std::span<const Kind>()).empty());
}

TEST_CASE("--ascii changes only the two marks") {
  const Profile p = worked_example();
  for (const Kind kind : report::kKinds) {
    std::string expected = golden(kind);
    for (const auto& [mark, plain] : {std::pair{"▸", ">"}, std::pair{"✓", "*"}})
      for (std::size_t at; (at = expected.find(mark)) != std::string::npos;) expected.replace(at, 3, plain);
    const std::string text = report::render(p, kind, {.ascii = true});
    CHECK(text == expected);
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; }));
  }
}
