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
  // 9: exact times, when an exact mode comes
  outcome = 10,
  clock = 11,
  end = 12,
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
  capture::Sampler sampler;
  capture::Outcome outcome;
  std::uint64_t wall_ns = 0;  // from the start of profiling to its end, or to the last sign of life
  std::uint64_t cpu_ns = 0;   // the profiled thread's share of it
  bool complete = false;      // profiling was stopped, not killed
  bool damaged = false;       // bytes after the last whole record
};

}  // namespace ml::profiler
