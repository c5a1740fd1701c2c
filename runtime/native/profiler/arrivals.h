#pragma once

#include <vector>

#include "runtime/native/profiler/bytecode.h"

namespace ml::native::profiler {

// Marks where control comes to a line: at the first instruction of a statement that another line led to, a
// jump back led to, or that an exception led to (`counted_fall` then, too). A statement over several lines
// counts for its first; the rounds of a comprehension do not count, nor does code that only puts an exception
// on to whoever handles it next.
void mark_arrivals(std::vector<Instruction>& code);

}  // namespace ml::native::profiler
