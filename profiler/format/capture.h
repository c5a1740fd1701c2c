#pragma once

// What one profiled run leaves behind, as values; its bytes are in writer.h and reader.h. This folder is
// compiled into the CPython extension and into the command: no Python, no I/O, no JSON.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ml::profiler {

// The time partition of profiler-reports.md 1.1, in its order: every instant of a run belongs to exactly one.
enum class Category : std::uint8_t {
  ml_code,
  runtime_overhead,
  parsing,
  security_analysis,
  transpilation,
  sandbox_startup,
  python_stdlib,
};
inline constexpr std::size_t kCategories = 7;
inline constexpr std::array<std::string_view, kCategories> kCategoryIds = {
    "ml_code",       "runtime_overhead", "parsing",      "security_analysis",
    "transpilation", "sandbox_startup",  "python_stdlib"};

// The category called `id`, or none.
constexpr std::optional<Category> category_of(std::string_view id) {
  for (std::size_t i = 0; i < kCategories; ++i)
    if (kCategoryIds[i] == id) return static_cast<Category>(i);
  return std::nullopt;
}

enum class FunctionKind : std::uint8_t { ml, guard, phase, library, import };

// How entries were counted; chosen by the probes' self-test (runtime/native/profiler/probe.h).
enum class Counting : std::uint8_t { none, entry_constant, deallocator, slot };

enum class Mode : std::uint8_t { automatic, sample, exact };
inline constexpr std::array<std::string_view, 3> kModeIds{"auto", "sample", "exact"};

constexpr std::string_view id_of(Mode mode) { return kModeIds[static_cast<std::size_t>(mode)]; }
constexpr bool is_mode(std::string_view id) {
  for (const std::string_view known : kModeIds)
    if (known == id) return true;
  return false;
}

// How allocations were observed (profiler-mechanism.md 5): not at all; blocks of more than 512 bytes only;
// all by bytes; every one. Numbers on disk: never reused.
enum class MemoryLevel : std::uint8_t { off = 0, large = 1, full = 3, exact = 4 };

inline constexpr std::uint32_t kNone = 0xffffffffu;

namespace capture {

inline constexpr std::string_view kMagic{"MLPROF\r\n", 8};
inline constexpr std::uint32_t kVersion = 1;

// Record numbers on disk: never reused. Readers skip the ones they do not know, so new kinds need no new
// version.
enum class Record : std::uint16_t {
  header = 1,
  file = 2,
  function = 3,
  phase = 4,
  counts = 5,
  nodes = 6,
  samples = 7,
  sampler = 8,
  entries = 9,  // exact mode: calls by node
  outcome = 10,
  clock = 11,
  end = 12,
  thread = 13,
  memory = 14,         // rows by owner
  memory_totals = 15,  // of the run
  hits = 16,           // executions of lines
  timeline = 17,       // samples in the order they were taken
};

struct Header {
  std::uint32_t version = kVersion;
  std::uint32_t python = 0;  // PY_VERSION_HEX
  std::uint32_t pid = 0;
  std::uint64_t started_unix_ns = 0;  // wall clock when profiling started
  std::uint64_t started_ns = 0;       // the same instant on the monotonic clock all other times use
  Mode mode = Mode::automatic;
  Counting counting = Counting::none;
  std::string interpreter;  // sys.version
};

// File and function ids are their index here; node ids likewise.
struct File {
  std::string path;
};

struct Function {
  std::uint32_t file = kNone;  // kNone: no source file (phases, library)
  std::uint32_t first_line = 0;
  Category category = Category::ml_code;
  FunctionKind kind = FunctionKind::ml;
  std::string name;  // `outer.inner`, `(anonymous)`, `(top level)`
};

struct Phase {
  Category category = Category::sandbox_startup;
  std::uint64_t ns = 0;
  std::string step;  // "parse_file", "spawn_interpreter", ...
};

// A node of the calling-context tree: `function` stood at `line` while everything below it ran. Parents come
// first.
struct Node {
  std::uint32_t parent = kNone;  // kNone: outermost
  std::uint32_t function = 0;
  std::uint32_t line = 0;  // 0: unknown
  // Sampled while this node was innermost; recursion is spelled out in the tree, not added up here.
  std::uint64_t cpu_ns = 0;   // weight of samples taken running
  std::uint64_t wait_ns = 0;  // weight of samples taken blocked
  std::uint64_t ticks = 0;    // number of samples
  std::uint64_t entries = 0;  // exact mode: times it was entered
};

// A thread of the run that was profiled. The first is the one that started profiling; its wall time is the
// run's.
struct Thread {
  std::uint64_t wall_ns = 0, cpu_ns = 0;  // while profiled
  std::string name;
};

// What one place allocated: the line of the nearest ML function on the stack. Bytes and numbers are estimates
// unless the level is exact.
struct Allocations {
  std::uint32_t function = 0;
  std::uint32_t line = 0;
  std::uint64_t live = 0;      // bytes live now, or when profiling stopped
  std::uint64_t own_peak = 0;  // most bytes of the function live at one time, at any of its lines
  std::uint64_t at_peak = 0;   // bytes live at the instant of the run's peak
  std::uint64_t bytes = 0;     // allocated in all
  std::uint64_t count = 0;
};

struct MemoryTotals {
  MemoryLevel level = MemoryLevel::off;
  std::uint64_t period = 0;   // mean bytes between samples; 0: every allocation
  std::uint64_t samples = 0;  // allocations seen
  std::uint64_t peak = 0;     // most tracked bytes live at one time: the sum of all `at_peak`
  std::uint64_t live = 0;
  std::uint64_t bytes = 0, count = 0;
  std::uint64_t rss_peak = 0;  // the kernel's high-water mark of the process, for comparison
};

// Executions of a line of a function.
struct Hits {
  std::uint32_t function = 0;
  std::uint32_t line = 0;
  std::uint64_t hits = 0;
};

// A sample when it was taken: the stack of `node` stands for the time from `at_ns` on.
struct Moment {
  std::uint64_t at_ns = 0;  // since profiling started
  std::uint64_t dur_ns = 0;
  std::uint32_t node = 0, thread = 0;
};

struct Sampler {
  std::uint64_t ticks = 0;      // samples taken
  std::uint64_t off_gil = 0;    // of these, without holding the interpreter lock
  std::uint64_t outside = 0;    // of these, with no ML function on the stack
  std::uint64_t waits = 0;      // samples of a blocked thread
  std::uint64_t faults = 0;     // walks given up because memory was not readable
  std::uint64_t truncated = 0;  // stacks deeper than the limit
  std::uint64_t lost = 0;       // samples with no room left in the tree
  std::uint64_t cost_ns = 0;    // time inside the sampler, in the sampled thread
};

struct Outcome {
  std::string error;  // empty: the program ended well
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

}  // namespace capture

struct Capture {
  capture::Header header;
  std::vector<capture::File> files;
  std::vector<capture::Function> functions;
  std::vector<std::uint64_t> calls;  // by function
  std::vector<capture::Node> nodes;
  std::vector<capture::Phase> phases;
  std::vector<capture::Thread> threads;      // empty: the main one only
  std::vector<capture::Allocations> memory;  // by function and line, each once
  std::vector<capture::Hits> hits;           // by function and line, each once; empty: not counted
  std::vector<capture::Moment> timeline;     // as written; empty: not asked for
  capture::MemoryTotals memory_totals;
  capture::Sampler sampler;
  capture::Outcome outcome;
  std::uint64_t wall_ns = 0;  // from the start of profiling to its end, or to the last sign of life
  std::uint64_t cpu_ns = 0;   // the profiled thread's share of it
  bool complete = false;      // profiling was stopped, not killed
  bool damaged = false;       // bytes after the last whole record
};

}  // namespace ml::profiler
