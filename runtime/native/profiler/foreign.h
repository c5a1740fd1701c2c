#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/native/profiler/registry.h"

namespace ml::native::profiler {

// Functions that samples met before the registry knew them: Python code of libraries, and imports in
// progress. The sampler adds them by address or name, without memory of its own (signal handlers; its lock
// held); `resolve` turns them into functions of the registry, from one other thread at a time. Places carry
// `kFlag | index` until then.
class Foreign {
 public:
  static constexpr std::uint32_t kFlag = 0x80000000u;

  // Place for the code object at `code`; the library pseudo function when the table is full.
  std::uint32_t code(const void* code);

  // Place for `import NAME`, NAME being the Python str at `name`. May fault: call it under a guard.
  std::uint32_t import(const void* name);

  // Names what came since the last call. Code objects are read without the interpreter lock, under a guard,
  // soon after they were seen running; one that is gone by then stays `(library)`. The calling thread must
  // not be interrupted by the sampler meanwhile.
  void resolve(Registry& registry);

  // Function id of a place that was added before the last `resolve`; others pass through.
  std::uint32_t function(std::uint32_t place) const {
    return (place & kFlag) == 0 ? place : items_[place & ~kFlag].function;
  }

 private:
  static constexpr std::size_t kItems = 4096, kSlots = 8192, kName = 80;
  static constexpr std::size_t kNames = 256;
  struct Item {
    const void* code = nullptr;  // null: an import
    std::uint32_t name = 0;
    std::uint32_t function = Registry::kLibrary;
  };
  struct Name {
    std::uint64_t hash = 0;
    std::array<char, kName> text = {};
  };
  std::uint32_t add(std::uint64_t hash, const void* code, std::string_view import);

  std::array<Item, kItems> items_;
  std::array<Name, kNames> names_;
  std::array<std::uint16_t, kSlots> slots_ = {};  // index + 1
  std::uint32_t names_used_ = 0;
  std::atomic<std::uint32_t> size_{0};
  std::uint32_t resolved_ = 0;
};

}  // namespace ml::native::profiler
