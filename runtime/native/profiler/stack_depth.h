#pragma once

#include <cstddef>
#include <vector>

#include "runtime/native/profiler/bytecode.h"
#include "runtime/native/profiler/exception_rows.h"

namespace ml::native::profiler {

// How many values lie on the value stack before each instruction, at most. What is put into code must not
// make frames larger without need: deep recursion then touches more memory. Where the effect of the code is
// not known, `stack_size` (of the code object) for all of them. Pure.
std::vector<int> stack_depths(const std::vector<Instruction>& code, const std::vector<std::size_t>& index_of,
                              const std::vector<ExceptionRow>& rows, int stack_size);

// Depth at which the handler of a row begins, and that below which it leaves what lay there.
int handler_depth(const ExceptionRow& row);
int kept_depth(const ExceptionRow& row);

}  // namespace ml::native::profiler
