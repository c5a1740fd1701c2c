#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/format/writer.h"
#include "runtime/native/profiler/registry.h"

namespace ml::native::profiler {

using ml::profiler::MemoryLevel;

// The level `auto` means: what the bars for overhead allow on this interpreter (docs/adr/0006).
MemoryLevel default_memory_level();

// Watches the interpreter's allocators and says which ML line owns how many bytes: the nearest ML function on
// the stack of the allocating thread, through libraries and guards. Registry::kLibrary owns what an import
// allocates, Registry::kOutside what happens with no ML function on the stack (profiler-reports.md 1.4).
//
// Allocations are sampled by bytes. Freeing is not watched for small blocks: a small block that is drawn is
// asked for with more bytes than the interpreter's small-object allocator takes, so that it comes from the
// raw allocator and its free arrives there. Where that does not hold (PYTHONMALLOC=malloc, debug hooks) and
// at level exact, frees are watched too.
//
// The hooks are the process's: at most one Memory is started at a time. They stay harmless when left in
// place, in forked children and while the interpreter shuts down.
class Memory {
 public:
  explicit Memory(const CodeIndex& codes) : codes_(codes) {}
  ~Memory() { stop(); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Installs the hooks. False, with a sentence in `why`, if memory cannot be watched (tracemalloc is
  // tracing). With the interpreter lock.
  bool start(MemoryLevel level, std::string* why);

  // Ends watching; the figures stay. With the interpreter lock.
  void stop();

  // To be called again and again by the helper thread, at distances the program cannot follow: decides when
  // small blocks are watched (memory_duty.h).
  void turn();

  // Takes the figures of this moment, then appends those that changed since the last time; every function
  // in them must be described in between. One thread at a time.
  void collect();
  void write(capture::Encoder& to);

 private:
  const CodeIndex& codes_;
  MemoryLevel level_ = MemoryLevel::off;
  bool started_ = false;
  std::vector<capture::Allocations> rows_, written_;
  capture::MemoryTotals totals_;
};

}  // namespace ml::native::profiler
