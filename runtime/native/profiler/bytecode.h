#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/native/profiler/splice.h"

namespace ml::native::profiler {

enum class Jump : char { none, forward, backward };

// One instruction of a code object that is being changed, with what the marking of arrivals (arrivals.h)
// finds.
struct Instruction {
  std::size_t begin = 0, end = 0;  // old units, EXTENDED_ARG and caches included
  unsigned opcode = 0;
  std::size_t argument = 0;
  std::size_t extended = 0, caches = 0;
  std::size_t target = 0;  // index of the instruction it jumps to
  int line = -1;           // of the statement part it belongs to; -1: none
  bool handler = false;    // an exception leads here
  bool jumped_to = false;
  bool counts = false;        // its jump comes to another line, or back
  bool counted_jump = false;  // some jump to here counts
  bool counted_fall = false;  // falling into here counts
  bool over_range = false;    // GET_ITER of what a call of `range` gave (line_splice.cpp)
};

// What its opcode does, for the interpreter this is compiled for.
Jump jump_of(unsigned opcode);
bool leaves(unsigned opcode);          // never falls through
bool ends_statement(unsigned opcode);  // the value stack is as the statement found it
bool bound(unsigned opcode);  // nothing may come before it: it is taken together with what leads to it

// Takes a code object apart. `line_of_unit` as in line_splice.h; `index_of` becomes the instruction that
// begins at a unit, SIZE_MAX where none does. False if it holds something unknown.
bool parse(const CodeBytes& from, const std::vector<int>& line_of_unit, std::vector<Instruction>& to,
           std::vector<std::size_t>& index_of);

// How many EXTENDED_ARG an argument takes, and an instruction with that many.
std::size_t argument_units(std::size_t argument);
void put(std::string& to, unsigned opcode, std::size_t argument, std::size_t extended);

}  // namespace ml::native::profiler
