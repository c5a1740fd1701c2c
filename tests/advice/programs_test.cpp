// The static rules on whole programs: the slow ones of the guide and their cures, examples, measured
// programs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/advice/marked.h"

using namespace ml;
using test::check_marked;
using test::hints_of;
using test::listed;

namespace {
std::string text_of(const std::string& path) {
  std::ifstream in(MLPY_SOURCE_DIR "/" + path);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}
}  // namespace

TEST_CASE("the slow programs have their hint, the fast ones none") {
  const auto of = [](const std::string& name) { return listed(hints_of(text_of("examples/slow/" + name))); };
  CHECK(of("duplicates_slow.ml") == "7 R4 result\n");
  CHECK(of("fibonacci_slow.ml") == "3 R6 fibonacci 2\n");
  CHECK(of("nested_loops_slow.ml") == "6 R5 wishes\n");
  CHECK(of("duplicates_fast.ml").empty());
  CHECK(of("fibonacci_fast.ml").empty());
  CHECK(of("nested_loops_fast.ml").empty());
}

TEST_CASE("the slow patterns of the troubleshooting guide are found") {
  check_marked(R"ml(
function processLargeDataset(data) {
    result = [];
    for (i = 0; i < data.length; i = i + 1) {
        for (j = 0; j < data[i].length; j = j + 1) {
            result.push(data[i][j] * 2);
        }
    }
    return result;
}
function removeDuplicates(arr) {
    result = [];
    for (i = 0; i < arr.length; i = i + 1) {
        found = false;
        for (j = 0; j < result.length; j = j + 1) {  //~ R4 result
            if (arr[i] == result[j]) {
                found = true;
                break;
            }
        }
        if (!found) {
            result.push(arr[i]);
        }
    }
    return result;
}
function fibonacci(n) {  //~ R6 fibonacci 2
    if (n <= 1) return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}
function processData(items) {
    return items  //~ R10 3
        .map(x => {value: x})  //~ R10 0
        .filter(obj => obj.value > 0)
        .map(obj => obj.value * 2);
}
function contains(arr, value) {
    for (i = 0; i < arr.length; i = i + 1) {
        if (arr[i] == value) return true;
    }
    return false;
}
function expensiveOp1(x) { return x + 1; }
function processAll(items) {
    step1 = items.map(x => expensiveOp1(x));
    step2 = step1.map(x => expensiveOp1(x));
    step3 = step2.map(x => expensiveOp1(x));  //~ R10 3
    return step3;
}
known = range(300).map(x => x * 3);
n = 0;
for (i = 0; i < 1000; i = i + 1) {
    if (contains(known, i)) { n = n + 1; }  //~ R5 known
}
print(n, processLargeDataset([[1]]), removeDuplicates([1]), fibonacci(3), processData([1]), processAll([1]));
)ml");
  check_marked(R"ml(
function removeDuplicates(arr) {
    seen = {};
    result = [];
    for (i = 0; i < arr.length; i = i + 1) {
        if (!seen[arr[i]]) {
            seen[arr[i]] = true;
            result.push(arr[i]);
        }
    }
    return result;
}
function processData(items) {
    result = [];
    for (i = 0; i < items.length; i = i + 1) {
        if (items[i] > 0) {
            result.push(items[i] * 2);
        }
    }
    return result;
}
function buildLookup(arr) {
    lookup = {};
    for (i = 0; i < arr.length; i = i + 1) {
        lookup[arr[i]] = true;
    }
    return lookup;
}
function contains(lookup, value) {
    return lookup[value] == true;
}
function* processLazy(items) {
    for (i = 0; i < items.length; i = i + 1) {
        yield items[i] + 1;
    }
}
known = buildLookup(range(300));
for (i = 0; i < 1000; i = i + 1) {
    if (contains(known, i)) { print(i); }
}
print(removeDuplicates([1]), processData([1]), processLazy([1]));
)ml");
}

TEST_CASE("hints about the measured programs are true") {
  std::string found;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(MLPY_SOURCE_DIR "/bench/programs"))
    if (entry.path().extension() == ".ml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 10);
  for (const auto& file : files) {
    const std::string hints = listed(hints_of(text_of("bench/programs/" + file.filename().string())));
    if (!hints.empty()) found += file.stem().string() + ": " + hints;
  }
  CHECK(found ==
        "fib: 1 R6 fib 2\n"
        "pipeline: 8 R10 3\n"
        "string_build: 9 R7 line\n");
}
