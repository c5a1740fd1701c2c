#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "profiler/format/capture.h"

namespace ml::native::profiler {

// The parts of a code object that change when instructions are put in at its entry, as bytes.
struct CodeBytes {
  std::string code;        // co_code: two bytes a unit, inline caches included
  std::string exceptions;  // co_exceptiontable
  std::string locations;   // co_linetable
  int stack_size = 0;
};

struct Entry {
  std::size_t unit = 0;    // where new instructions go
  bool generator = false;  // before the generator is made, so that each creation counts once
};

// The entry point of a function body; `unit` 0 and false if there is none that we know.
bool find_entry(std::string_view code, Entry* entry);

// Puts `load constant; drop it` at the entry (backend deallocator), with a unary operation between (slot), or
// a bare load whose value stays below the function's own stack (entry_constant; generators get the drop). The
// inserted instructions take the location of the one before. Pure.
CodeBytes splice(const CodeBytes& from, Entry entry, std::uint32_t constant, ml::profiler::Counting backend);

}  // namespace ml::native::profiler
