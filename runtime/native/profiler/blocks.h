#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "runtime/native/profiler/bytecode.h"

namespace ml::native::profiler {

// A way from one block to another.
struct Edge {
  std::size_t from;  // block
  bool counted;      // comes to the line of the first instruction
  double weight;     // how often it is expected to be taken, the function's call being 1
};

// Instructions [begin, end) that run one after the other, unless one of them raises.
struct Block {
  std::size_t begin = 0, end = 0;
  std::vector<Edge> in;
  double weight = 0;
  bool prefix = false;       // block 0: what comes before the body
  bool generator = false;    // of a generator's code
  bool outside_in = false;   // control also comes from the caller, a raised exception, a resumption
  bool outside_out = false;  // and goes there
  bool lasts = false;        // may take long: calls something
  // First instruction before which a probe may stand that counts the block; none: there is no such place. For
  // block 0 it is the first one of the body.
  std::optional<std::size_t> place;
  // The FOR_ITER whose rounds this block is, if its iterator is made right before it and may be asked
  // (iterator_meter.h).
  std::optional<std::size_t> round;
};

// In the order of the code. Empty if the code has no beginning that is known. Weights are guesses: loops run
// for eight rounds, odd conditions hold seldom.
std::vector<Block> blocks_of(const std::vector<Instruction>& code);

bool may_raise(unsigned opcode);

}  // namespace ml::native::profiler
