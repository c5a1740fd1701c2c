#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/format/capture.h"

namespace ml::profiler {

// What a run cost, ready to be shown. Terms as in profiler-reports.md 1; times are integer nanoseconds and
// add up exactly: line self times to their function, functions to their file, files to ml_code, categories to
// the total.
struct Profile {
  struct Line {
    std::uint32_t line = 0;
    std::uint64_t self_ns = 0, cum_ns = 0, samples = 0;
    std::string source;  // without the line's end; empty if not known
  };

  // Time of a function on behalf of one place that called it.
  struct Caller {
    std::uint32_t function = kNone;  // index; kNone: called from outside
    std::uint32_t line = 0;
    std::uint64_t cum_ns = 0;   // recursion counted once
    std::uint64_t self_ns = 0;  // the function's own time in calls made from there: adds up to its self time
    std::uint64_t samples = 0;  // of self_ns
  };

  struct Function {
    std::string name;
    std::uint32_t file = kNone;  // index
    std::uint32_t line = 0;
    Category category = Category::ml_code;
    FunctionKind kind = FunctionKind::ml;
    std::uint64_t calls = 0;
    bool calls_exact = true;
    std::uint64_t self_ns = 0, cum_ns = 0;
    std::uint64_t wait_ns = 0;    // blocked; part of self_ns
    std::uint64_t samples = 0;    // innermost
    std::vector<Line> lines;      // by line; self_ns adds up to the function's
    std::vector<Caller> callers;  // most own time first
  };

  struct File {
    std::string path;
    std::string name;  // as reports show it: the base name where that is unique in the run
    std::uint64_t self_ns = 0, calls = 0;
  };

  std::uint64_t total_ns = 0;
  std::array<std::uint64_t, kCategories> category_ns{};
  std::vector<File> files;          // with executed code, most time first
  std::vector<Function> functions;  // that ran, most self time first, then by name and line
  std::vector<capture::Phase> phases;

  Counting counting = Counting::none;
  std::uint64_t samples = 0;
  bool complete = true;  // false: the run was killed, the numbers stop before its end
  capture::Outcome outcome;

  std::uint64_t of(Category c) const { return category_ns[static_cast<std::size_t>(c)]; }
  std::uint64_t ml_ns() const { return of(Category::ml_code); }
  // The five categories of profiler-reports.md 1.1.
  std::uint64_t overhead_ns() const { return total_ns - ml_ns() - of(Category::python_stdlib); }
};

// Text of a line of a file (lines from 1), or empty.
using SourceLookup = std::function<std::string(std::string_view path, std::uint32_t line)>;

namespace model {

// Pure but for `source`, which is asked once for each line that took time; it may be empty. The wall time of
// the profiled part is divided by the samples; phases are added as they were measured.
Profile build(const Capture& capture, const SourceLookup& source = {});

}  // namespace model
}  // namespace ml::profiler
