#include <catch2/catch.hpp>
#include <random>

#include "profiler/figures/figures.h"
#include "profiler/format/reader.h"
#include "profiler/model/profile.h"
#include "tests/profiler/sample_capture.h"

using namespace ml::profiler;

namespace {

const Profile::Function& function(const Profile& p, std::string_view name) {
  for (const auto& f : p.functions)
    if (f.name == name) return f;
  FAIL("no function " << name);
  return p.functions.front();
}

void adds_up(const Profile& p) {
  std::uint64_t total = 0, ml = 0, files = 0;
  std::vector<std::uint64_t> by_file(p.files.size());
  for (const std::uint64_t ns : p.category_ns) total += ns;
  REQUIRE(total == p.total_ns);
  for (const auto& f : p.functions) {
    std::uint64_t lines = 0;
    for (const auto& line : f.lines) {
      lines += line.self_ns;
      REQUIRE(line.cum_ns >= line.self_ns);
      REQUIRE(line.cum_ns <= f.cum_ns);
    }
    REQUIRE(lines == f.self_ns);
    std::uint64_t by_caller = 0;
    for (const auto& caller : f.callers) {
      by_caller += caller.self_ns;
      REQUIRE(caller.cum_ns >= caller.self_ns);
      REQUIRE(caller.cum_ns <= f.cum_ns);
    }
    if (p.samples != 0) REQUIRE(by_caller == f.self_ns);
    REQUIRE(f.cum_ns >= f.self_ns);
    REQUIRE(f.cum_ns <= p.total_ns);
    REQUIRE(f.wait_ns <= f.self_ns);
    if (f.category != Category::ml_code) continue;
    ml += f.self_ns;
    by_file.at(f.file) += f.self_ns;
  }
  for (std::size_t i = 0; i < p.files.size(); ++i) {
    REQUIRE(by_file[i] == p.files[i].self_ns);
    files += p.files[i].self_ns;
  }
  REQUIRE(ml == p.ml_ns());
  REQUIRE(files == p.ml_ns());
}

void prints_add_up(const Profile& p) {
  const Figures n(p);
  REQUIRE(n.ml + n.overhead + n.library == n.total);
  std::uint64_t files = 0, percents = 0, functions = 0, categories = 0;
  for (std::size_t i = 0; i < p.files.size(); ++i) {
    files += n.files[i];
    percents += n.file_percents[i];
    std::uint64_t of_file = 0;
    for (std::size_t f = 0; f < p.functions.size(); ++f)
      if (p.functions[f].file == i && p.functions[f].category == Category::ml_code) of_file += n.functions[f];
    REQUIRE(of_file == n.files[i]);
    functions += of_file;
  }
  for (const std::uint64_t c : n.categories) categories += c;
  REQUIRE(categories == n.total);
  REQUIRE(n.ml_percent + n.overhead_percent + n.library_percent == (p.total_ns == 0 ? 0 : 1000));
  if (p.files.empty()) return;
  REQUIRE(files == n.ml);
  REQUIRE(functions == n.ml);
  REQUIRE(percents == 1000);
}

}  // namespace

TEST_CASE("a profile divides the run's wall time by its samples") {
  Capture capture = *read_capture(test::sample_capture()).capture;
  capture.threads.clear();  // one timeline; several are in model_build_test.cpp
  const Profile p = model::build(capture, [](std::string_view path, std::uint32_t line) {
    return std::string(path) + " " + std::to_string(line);
  });
  adds_up(p);
  CHECK(p.total_ns == 10'000'001 + 8'000'000);
  CHECK(p.overhead_ns() == 8'000'000);
  // 0.5 ms of waiting as measured; 9.500001 ms by the weights 1, 3, 2, 1, 1.
  const auto& price = function(p, "price");
  CHECK(price.self_ns == 4'750'001);
  CHECK(price.cum_ns == 10'000'001 - 1'187'500);  // all but the top level; recursion once
  CHECK(price.calls == 40);
  REQUIRE(price.lines.size() == 2);
  CHECK(price.lines[0].line == 5);
  CHECK(price.lines[0].source == "shop/price.ml 5");
  REQUIRE(price.callers.size() == 2);  // from the top level, and from itself
  CHECK(p.functions[price.callers[0].function].name == "(top level)");
  CHECK(price.callers[0].self_ns == 3'562'501);
  CHECK(p.functions[price.callers[1].function].name == "price");
  CHECK(price.callers[1].line == 5);
  CHECK(function(p, "(library)").wait_ns == 500'000);
  CHECK(p.of(Category::python_stdlib) == function(p, "(library)").self_ns);
  const auto& tax = function(p, "price.tax");
  REQUIRE(tax.callers.size() == 1);
  CHECK(p.functions[tax.callers[0].function].name == "price");
  CHECK(tax.callers[0].line == 5);
  CHECK(p.files.at(0).name == "price.ml");
  CHECK(p.outcome.line == 12);
}

TEST_CASE("a run too short for a sample still has its rows") {
  capture::Encoder e;
  e.header({});
  e.file(0, {"a.ml"});
  e.function(0, {0, 3, Category::ml_code, FunctionKind::ml, "helper"});
  e.function(1, {0, 1, Category::ml_code, FunctionKind::ml, "(top level)"});
  e.counts(std::array{capture::Encoder::Count{0, 2}, capture::Encoder::Count{1, 1}});
  e.end(70'000, 60'000);
  const Profile p = model::build(*read_capture(e.bytes()).capture);
  adds_up(p);
  REQUIRE(p.functions.size() == 2);
  CHECK(p.functions[0].name == "(top level)");
  CHECK(p.functions[0].self_ns == 70'000);
  CHECK(p.functions[1].calls == 2);
}

TEST_CASE("functions that did not run are not in the profile") {
  capture::Encoder e;
  e.header({});
  e.file(0, {"a.ml"});
  e.file(1, {"b/a.ml"});
  e.function(0, {0, 1, Category::ml_code, FunctionKind::ml, "(top level)"});
  e.function(1, {0, 3, Category::ml_code, FunctionKind::ml, "unused"});
  e.function(2, {1, 1, Category::ml_code, FunctionKind::ml, "(top level)"});
  e.counts(std::array{capture::Encoder::Count{0, 1}, capture::Encoder::Count{2, 1}});
  e.end(70'000, 60'000);
  const Profile p = model::build(*read_capture(e.bytes()).capture);
  CHECK(p.functions.size() == 2);
  CHECK(p.files.at(0).name == "a.ml");
  CHECK(p.files.at(1).name == "b/a.ml");  // the base name is not unique
}

TEST_CASE("random captures add up, exactly and as printed") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    Capture c;
    c.complete = true;
    c.header.counting = Counting::slot;
    const std::size_t files = 1 + random() % 4, functions = 1 + random() % 30, nodes = random() % 200;
    for (std::size_t i = 0; i < files; ++i) c.files.push_back({"m" + std::to_string(i) + ".ml"});
    for (std::size_t i = 0; i < functions; ++i) {
      capture::Function f;
      f.file = static_cast<std::uint32_t>(random() % files);
      f.first_line = static_cast<std::uint32_t>(i + 1);
      f.category = random() % 5 == 0   ? Category::python_stdlib
                   : random() % 6 == 0 ? Category::runtime_overhead
                                       : Category::ml_code;
      f.name = "f" + std::to_string(i);
      c.functions.push_back(f);
      c.calls.push_back(random() % 3 == 0 ? 0 : random() % 100'000);
    }
    for (std::size_t i = 0; i < nodes; ++i) {
      capture::Node n;
      n.parent = i == 0 || random() % 8 == 0 ? kNone : static_cast<std::uint32_t>(random() % i);
      n.function = static_cast<std::uint32_t>(random() % functions);
      n.line = static_cast<std::uint32_t>(random() % 20);
      n.ticks = random() % 50;
      n.cpu_ns = n.ticks * (random() % 4'000'000);
      n.wait_ns = random() % 10 == 0 ? random() % 9'000'000 : 0;
      c.nodes.push_back(n);
    }
    c.wall_ns = random() % 3'000'000'000;
    for (int i = 0; i < 4; ++i)
      c.phases.push_back({static_cast<Category>(1 + random() % 5), random() % 40'000'000, "step"});
    const Profile p = model::build(c);
    adds_up(p);
    prints_add_up(p);
  }
}
