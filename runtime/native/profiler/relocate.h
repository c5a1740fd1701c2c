#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/native/profiler/bytecode.h"
#include "runtime/native/profiler/exception_rows.h"

namespace ml::native::profiler {

// Code put before an instruction, in this order; it puts at most one value on the stack.
struct Insertion {
  std::string fall;     // met by falling into the instruction
  std::string arrival;  // and by jumps, only where they come to its line
  std::string always;   // by everything

  bool empty() const { return fall.empty() && arrival.empty() && always.empty(); }
};

// Code that runs when one of the instructions [begin, end) raises, before the exception goes where it went.
// Their handler must be the same.
struct Detour {
  std::size_t begin, end;
  std::string code;
};

// Puts code together again with what was inserted (one for every instruction): jumps, exception table and
// locations follow. What is inserted takes the location of the instruction before it. False if something does
// not fit. Pure.
bool relocate(const CodeBytes& from, std::vector<Instruction> code, const std::vector<std::size_t>& index_of,
              const std::vector<ExceptionRow>& rows, const std::vector<Insertion>& insertions,
              const std::vector<Detour>& detours, CodeBytes* to);

}  // namespace ml::native::profiler
