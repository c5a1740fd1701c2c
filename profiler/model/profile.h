#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/format/capture.h"

namespace ml::profiler {

// How a number was obtained (profiler-reports.md 5, `collection`).
enum class How : std::uint8_t { off, exact, sampled, estimated };

// What a run cost, ready to be shown, saved and compared: everything profiler-reports.md 5 writes to a
// `.mlprof` file and nothing else, so that every report and export can be made from the file alone. Terms as
// in section 1 there. Times are integer nanoseconds, memory integer bytes; both add up exactly: lines to
// their function, functions to their file, files to ml_code, categories to the total, leaves of the tree to
// functions. A plain value.
struct Profile {
  struct Line {
    std::uint32_t line = 0;
    std::uint64_t self_ns = 0, cum_ns = 0, samples = 0;
    std::string source;                 // without the line's end; empty if not known
    std::optional<std::uint64_t> hits;  // none: not counted
    std::uint64_t at_peak_bytes = 0, alloc_bytes = 0;
  };

  // Time of a function on behalf of one place that called it: a call edge.
  struct Caller {
    std::uint32_t function = kNone;  // index; kNone: called from outside
    std::uint32_t line = 0;
    std::uint64_t cum_ns = 0;   // recursion counted once
    std::uint64_t self_ns = 0;  // the function's own time in calls made from there: adds up to its self time
    std::uint64_t samples = 0;  // of self_ns
    std::uint64_t calls = 0;    // adds up to the function's calls; estimated unless the run was exact
  };

  struct Function {
    std::string name;  // `outer.inner`, `(anonymous)`, `(top level)`, a guard, phase step or library function
    std::uint32_t file = kNone;            // index
    std::uint32_t line = 0, end_line = 0;  // end 0: not known
    Category category = Category::ml_code;
    FunctionKind kind = FunctionKind::ml;
    std::uint64_t calls = 0;
    std::uint64_t primitive_calls = 0;  // without recursive ones
    bool calls_exact = true;            // false with `calls` 0: nobody counted
    std::uint64_t self_ns = 0, cum_ns = 0;
    std::uint64_t wait_ns = 0;  // blocked; part of self_ns
    std::uint64_t samples = 0;  // innermost
    std::uint64_t at_peak_bytes = 0, own_peak_bytes = 0, end_bytes = 0, alloc_bytes = 0, alloc_count = 0;
    std::vector<Line> lines;      // by line; self_ns and at_peak_bytes add up to the function's
    std::vector<Caller> callers;  // most own time first
    // Identity across edits (editor-protocols.md 4.1); empty or 0 when the source was not at hand.
    std::vector<std::string> path;  // names of the enclosing functions
    std::uint32_t ordinal = 0, arity = 0;
    std::string shape_hash, body_hash;  // hexadecimal

    // A name for what is no function of anybody ("(library)", "(outside)") without time: no table of times
    // has a row for it.
    bool idle() const { return kind != FunctionKind::ml && name.starts_with('(') && self_ns == 0; }

    // Fewer samples than a share can rest on (profiler-reports.md 1.5).
    bool low_confidence() const { return samples < 30; }
  };

  struct File {
    std::string path;  // relative to the project root
    std::string name;  // as reports show it: the base name where that is unique in the run
    std::uint64_t self_ns = 0, calls = 0, at_peak_bytes = 0;
    std::string sha256;  // of the bytes that ran, hexadecimal
    std::uint32_t line_count = 0;
    std::string text;  // the bytes that ran; may be empty
    bool ml = true;    // false: the Python file of a library function; its sums stay 0, no report lists it
  };

  // Calling-context tree; parents come first. `function` stood at `line` while everything below it ran. Self
  // times add up to the total: phases are roots of their own.
  struct Node {
    std::uint32_t parent = kNone, function = 0, line = 0;
    std::uint64_t self_ns = 0, samples = 0, alloc_bytes = 0;
  };

  // What ran when (profiler-reports.md 5, `timeline`): the stack that ends at `node` for so long. In order of
  // `at_ns`, which counts from the start of the first phase.
  struct Moment {
    std::uint64_t at_ns = 0, dur_ns = 0;
    std::uint32_t node = 0, thread = 0;
  };

  struct Error {
    std::string type, message, file;
    std::uint32_t line = 0, column = 0;
  };

  struct Run {
    std::string id;                     // 20261121-091502-7f3a
    std::uint64_t started_unix_ns = 0;  // UTC
    std::string kind = "run";           // run, debug, repl, benchmark, api
    std::string program;                // as the user named it, relative to the project root
    std::vector<std::string> command;
    std::optional<int> exit_code;         // none: unknown
    std::optional<Error> error;           // how the program failed
    std::string transpile_cache = "off";  // hit, miss, off
    std::string os, python, mlpy, core;
    std::uint32_t cpu_count = 0;
    bool debugged = false;  // stopped in a debugger at least once
  };

  struct Collection {
    Mode mode = Mode::automatic;
    std::uint64_t interval_ns = 0;  // mean time between samples; 0: exact
    std::uint64_t lost_samples = 0;
    How time = How::sampled, calls = How::exact, memory = How::off;
    std::uint64_t memory_period_bytes = 0;
    bool lines = false;    // hits were counted
    bool complete = true;  // false: the run was killed, the numbers stop before its end
  };

  // A recommendation (profiler-reports.md 4). `text` is what reports and the editor show below the heading:
  // first the finding, then possibly "Consider: ...".
  struct Finding {
    std::string rule;                // R1 ... R18, D1 ... D4
    std::uint32_t function = kNone;  // index; kNone: about the run
    std::uint32_t line = 0;
    std::vector<std::string> text;
    std::vector<std::pair<std::string, std::string>> data;  // the numbers used: name, JSON value
  };

  Run run;
  Collection collection;

  std::uint64_t total_ns = 0;    // sum of the categories: over all threads
  std::uint64_t elapsed_ns = 0;  // wall clock; equal to total_ns with one thread
  std::uint64_t cpu_ns = 0;
  std::uint32_t threads = 1;
  std::array<std::uint64_t, kCategories> category_ns{};
  std::array<std::uint64_t, kCategories> category_bytes{};  // at the peak; add up to peak_bytes
  std::uint64_t peak_bytes = 0, end_bytes = 0, alloc_bytes = 0, alloc_count = 0;

  std::vector<File> files;          // with executed ML code, most time first; then the others by path
  std::vector<Function> functions;  // that ran, most self time first, then by name and line
  std::vector<Node> tree;
  std::vector<Moment> timeline;  // empty: not asked for
  std::vector<Finding> findings;

  std::vector<capture::Phase> phases;  // as measured; also functions of kind phase

  Counting counting = Counting::none;
  std::uint64_t samples = 0;
  bool complete = true;  // = collection.complete
  capture::Outcome outcome;

  bool has_memory() const { return collection.memory != How::off; }
  std::uint64_t of(Category c) const { return category_ns[static_cast<std::size_t>(c)]; }
  std::uint64_t ml_ns() const { return of(Category::ml_code); }
  // The five categories of profiler-reports.md 1.1.
  std::uint64_t overhead_ns() const { return total_ns - ml_ns() - of(Category::python_stdlib); }
};

// Text of a line of a file (lines from 1), or empty.
using SourceLookup = std::function<std::string(std::string_view path, std::uint32_t line)>;

namespace model {

// Pure but for `source`, which is asked once for each line that took time; it may be empty. The wall time of
// the profiled part is divided by the samples; phases are added as they were measured. Leaves to its caller
// what a capture does not know: `run`, texts and hashes of sources, findings.
Profile build(const Capture& capture, const SourceLookup& source = {});

}  // namespace model
}  // namespace ml::profiler
