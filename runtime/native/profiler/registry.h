#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "profiler/format/writer.h"
#include "runtime/native/profiler/line_flow.h"
#include "runtime/native/profiler/probe.h"

namespace ml::native::profiler {

namespace capture = ml::profiler::capture;
using ml::profiler::Category;
using ml::profiler::FunctionKind;
using ml::profiler::kNone;

// How a frame of a code object is shown: as a place of its own; not at all (built-ins of the language written
// in Python); as `import NAME` with everything above it, NAME being its first argument.
enum class Role : char { ordinary, transparent, import };

// What the sampler needs to know of one code object. Never moves, lives as long as its registry; holds a
// reference to the code object, so its address is not reused.
struct CodeEntry {
  PyObject* code = nullptr;
  const char* first_unit = nullptr;
  std::uint32_t units = 0;
  std::uint32_t frame_words = 0;
  std::uint32_t function = 0;
  std::uint32_t first_line = 0;
  bool ml = false;     // a function of the program, not of the runtime
  bool inner = false;  // a comprehension: a frame of its own within the function it stands in
  Role role = Role::ordinary;
  std::vector<std::uint32_t> line_of_unit;
  PyObject* consts = nullptr;   // where its probe is
  Py_ssize_t probe_index = -1;  // -1: not counted

  // Line of the instruction at `address`; the first line if that lies outside.
  std::uint32_t line_at(const void* address) const {
    const auto offset = static_cast<std::uint64_t>(static_cast<const char*>(address) - first_unit) / 2;
    return offset < units ? line_of_unit[offset] : first_line;
  }
  // Whether a frame of this code can stand at `address`.
  bool holds(const void* address) const {
    const auto offset = static_cast<const char*>(address) - first_unit;
    return offset >= -2 && offset < 2 * static_cast<std::ptrdiff_t>(units);
  }
};

// The counters of a code object that counts its lines (line_splice.h), among its constants.
struct CodeCounters {
  bool calls_follow = false;  // asked for
  Py_ssize_t entry = -1;      // counter of its entries; -1: it has none
  Py_ssize_t first = 0;       // constant that is counter 0
  std::vector<bool> meters;   // by counter: counts rounds, not loads
  std::vector<LineSum> lines;
  Sum calls;  // empty where the entry is counted
};

// Code address -> entry, readable from a signal handler of the registering thread and from other threads:
// slots are published key last, a bigger table replaces the old one, which stays until the end.
class CodeIndex {
 public:
  CodeIndex();
  const CodeEntry* find(const void* code) const;
  void insert(const CodeEntry* entry);

 private:
  struct Slot {
    std::atomic<const void*> key{nullptr};
    const CodeEntry* entry = nullptr;
  };
  struct Table {
    explicit Table(std::size_t n) : slots(n) {}
    std::vector<Slot> slots;
    std::size_t used = 0;
  };
  static void put(Table& table, const CodeEntry* entry);
  std::vector<std::unique_ptr<Table>> tables_;
  std::atomic<Table*> current_;
};

// The functions and files of a run. Registering needs the interpreter lock; `describe` and `counts` are for
// any thread.
class Registry {
 public:
  static constexpr std::uint32_t kLibrary = 0;  // pseudo function: Python code that is not ours
  static constexpr std::uint32_t kOutside = 1;  // pseudo function: no ML function on the stack

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // A new function id. `file` may be empty.
  std::uint32_t add_function(std::string_view file, std::string_view name, std::uint32_t first_line,
                             Category category, FunctionKind kind);

  // Makes samples in `code` count for `function`. False with a Python error set.
  bool add_code(PyObject* code, std::uint32_t function, bool ml, bool inner, Py_ssize_t probe_index,
                Role role = Role::ordinary);

  // Makes the counters of a code object count lines of `function`, and its calls if they follow.
  void add_lines(PyObject* code, std::uint32_t function, CodeCounters counters);
  bool counts_lines() const { return counts_lines_; }
  void count_lines(bool on) { counts_lines_ = on; }
  // Whether numbers in the code may count (number_site.h): what runs handles values of the language only.
  bool numbers_count() const { return numbers_count_; }
  void let_numbers_count(bool on) { numbers_count_ = on; }

  // Counts entries of every added code object that has a probe from now on.
  const CodeIndex& index() const { return index_; }
  Counting counting() const { return counting_; }
  void set_counting(Counting backend) { counting_ = backend; }

  // Appends what was added since the last call, and the counts that changed.
  void describe(capture::Encoder& to);
  void counts(capture::Encoder& to);
  // Of every counted line; `running`: with the rounds of loops that have not ended, as read_meter().
  void hits(capture::Encoder& to, bool running);
  void renew_probes();

  // Calls of every function that has a probe, by id.
  std::vector<std::uint64_t> calls() const;
  std::string name(std::uint32_t function) const;
  std::uint32_t first_line(std::uint32_t function) const;

 private:
  std::vector<std::uint64_t> calls_locked() const;

  mutable std::mutex mutex_;
  CodeIndex index_;
  std::deque<CodeEntry> codes_;
  std::vector<capture::Function> functions_;
  std::vector<capture::File> files_;
  std::unordered_map<std::string, std::uint32_t> file_ids_;
  std::size_t files_described_ = 0, functions_described_ = 0;
  std::vector<std::uint64_t> written_;
  Counting counting_ = Counting::none;
  struct CountedCode {
    PyObject* consts;
    std::uint32_t function;
    CodeCounters counters;
  };
  std::uint64_t read(const CountedCode& code, const Sum& sum, bool running) const;
  std::vector<CountedCode> counted_codes_;
  bool counts_lines_ = false, numbers_count_ = false;
};

}  // namespace ml::native::profiler
