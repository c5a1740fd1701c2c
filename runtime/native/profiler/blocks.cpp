#include "runtime/native/profiler/blocks.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>
#include <cstdint>

#include "runtime/native/profiler/iterator_meter.h"

namespace ml::native::profiler {
namespace {

constexpr double kRounds = 8, kHandled = 0.01;

bool lasts(unsigned opcode) {
  switch (opcode) {
    case CALL:
    case CALL_FUNCTION_EX:
    case IMPORT_NAME:
    case SEND:
    case FOR_ITER:
    case YIELD_VALUE: return true;
    default: return false;
  }
}

bool returns(unsigned opcode) {
#if PY_VERSION_HEX >= 0x030c0000
  if (opcode == RETURN_CONST) return true;
#endif
  return opcode == RETURN_VALUE;
}

// Control comes back after it only if somebody wants it to.
bool pauses(unsigned opcode) { return opcode == YIELD_VALUE; }

struct Loop {
  std::size_t begin, end;  // instructions
};

// A loop may have several ends: every branch in it may jump back for itself.
std::vector<Loop> loops_of(const std::vector<Instruction>& code) {
  std::vector<Loop> loops;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (jump_of(code[i].opcode) != Jump::backward || code[i].opcode == JUMP_BACKWARD_NO_INTERRUPT) continue;
    const auto same = [&](const Loop& loop) { return loop.begin == code[i].target; };
    const auto known = std::find_if(loops.begin(), loops.end(), same);
    if (known == loops.end())
      loops.push_back({code[i].target, i + 1});
    else
      known->end = i + 1;
  }
  return loops;
}

// How likely the jump that ends `block` is taken.
double taken(const std::vector<Instruction>& code, const Block& block, const std::vector<Loop>& loops,
             const std::vector<Block>& blocks, const std::vector<std::size_t>& block_at) {
  const std::size_t last = block.end - 1;
  const Instruction& jump = code[last];
  if (leaves(jump.opcode)) return 1;
  if (jump.opcode == FOR_ITER) return 1 / kRounds;
  if (jump.opcode == SEND) return 0.5;
  if (jump_of(jump.opcode) == Jump::backward) return 1 - 1 / kRounds;
  const Loop* inner = nullptr;
  for (const Loop& loop : loops)
    if (loop.begin <= last && last < loop.end && (inner == nullptr || loop.begin > inner->begin))
      inner = &loop;
  const auto within = [&](std::size_t i) {
    return inner == nullptr || (inner->begin <= i && i < inner->end);
  };
  if (within(jump.target) != within(last + 1)) return within(last + 1) ? 1 / kRounds : 1 - 1 / kRounds;
  const auto ending = [&](std::size_t i) {
    if (i >= code.size()) return 0u;
    const unsigned opcode = code[blocks[block_at[i]].end - 1].opcode;
    return returns(opcode) ? static_cast<unsigned>(RETURN_VALUE) : opcode;
  };
  const unsigned there = ending(jump.target), here = ending(last + 1);
  if ((there == RAISE_VARARGS) != (here == RAISE_VARARGS)) return there == RAISE_VARARGS ? 0.05 : 0.95;
  if ((there == RETURN_VALUE) != (here == RETURN_VALUE)) return there == RETURN_VALUE ? 0.4 : 0.6;
  return 0.55;  // what an `if` guards runs less often than not
}

void weigh(const std::vector<Instruction>& code, std::vector<Block>& blocks,
           const std::vector<std::size_t>& block_at) {
  const std::vector<Loop> loops = loops_of(code);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    Block& block = blocks[b];
    if (b == 0) {
      block.weight = 1;
    } else if (block.outside_in) {
      const bool resumes = block.begin > 0 && pauses(code[block.begin - 1].opcode);
      block.weight += resumes ? blocks[b - 1].weight : kHandled;
    }
    for (const Edge& edge : block.in) block.weight += edge.from < b ? edge.weight : 0;
    const auto head = [&](const Loop& loop) { return loop.begin == block.begin; };
    if (std::any_of(loops.begin(), loops.end(), head)) block.weight *= kRounds;
    const Instruction& last = code[block.end - 1];
    const bool jumps = jump_of(last.opcode) != Jump::none;
    const double jump = jumps ? taken(code, block, loops, blocks, block_at) : 0;
    // Both ways may lead to the same block: which edge is which does not matter then.
    for (std::size_t to : {jumps ? block_at[last.target] : SIZE_MAX, b + 1}) {
      if (to >= blocks.size()) continue;
      const bool by_jump = jumps && to == block_at[last.target];
      for (Edge& edge : blocks[to].in)
        if (edge.from == b) edge.weight = block.weight * (by_jump ? jump : 1 - jump);
    }
  }
}

}  // namespace

bool may_raise(unsigned opcode) {
  if (returns(opcode)) return false;
  switch (opcode) {
    case LOAD_CONST:
    case STORE_FAST:
    case POP_TOP:
    case NOP:
    case COPY:
    case SWAP:
    case PUSH_NULL:
    case PUSH_EXC_INFO:
    case POP_EXCEPT:
    case JUMP_FORWARD:
    case RERAISE:
    case RAISE_VARARGS: return false;  // the last two end a block: its lines have been reached
    default: return true;
  }
}

std::vector<Block> blocks_of(const std::vector<Instruction>& code) {
  std::size_t body = 0;  // first instruction after the one that starts the body
  while (body < code.size() && !(code[body].opcode == RESUME && code[body].argument == 0)) ++body;
  ++body;
  if (body >= code.size()) return {};
  bool generator = false;
  for (std::size_t i = 0; i < body; ++i) {
    if (jump_of(code[i].opcode) != Jump::none || code[i].handler || code[i].counted_fall) return {};
    generator = generator || code[i].opcode == RETURN_GENERATOR;
  }
  std::vector<Block> blocks;
  std::vector<std::size_t> block_at(code.size());
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool leader = i == 0 || i == body || code[i].handler || code[i].jumped_to ||
                        leaves(code[i - 1].opcode) || jump_of(code[i - 1].opcode) != Jump::none ||
                        pauses(code[i - 1].opcode);
    if (leader && i < body && i > 0) return {};
    if (leader) {
      if (!blocks.empty()) blocks.back().end = i;
      blocks.emplace_back();
      blocks.back().begin = i;
      blocks.back().generator = generator;
    }
    block_at[i] = blocks.size() - 1;
    blocks.back().lasts = blocks.back().lasts || lasts(code[i].opcode);
  }
  blocks.back().end = code.size();
  blocks[0].prefix = true;
  blocks[0].place = body;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    Block& block = blocks[b];
    const Instruction &first = code[block.begin], &last = code[block.end - 1];
    block.outside_in = block.outside_in || b == 0 || first.handler;
    if (b > 0) {
      std::size_t i = block.begin;
      while (i < block.end && bound(code[i].opcode)) ++i;
#if PY_VERSION_HEX >= 0x030d0000
      if (i > 0 && i < block.end && code[i - 1].opcode == END_FOR && code[i].opcode == POP_TOP) ++i;
#endif
      if (i < block.end) block.place = i;
    }
    const bool jumps = jump_of(last.opcode) != Jump::none;
    if (jumps) {
      Block& there = blocks[block_at[last.target]];
      there.in.push_back({b, last.counts && code[last.target].counted_jump, 0});
    }
    if (leaves(last.opcode)) {
      block.outside_out = !jumps;
    } else if (b + 1 < blocks.size()) {
      if (pauses(last.opcode)) {
        block.outside_out = blocks[b + 1].outside_in = true;
      } else {
        blocks[b + 1].in.push_back({b, code[block.end].counted_fall, 0});
      }
    }
  }
  for (std::size_t b = 1; b < blocks.size(); ++b) {
    const std::size_t iter = blocks[b].begin - 1;
    if (code[iter].opcode == FOR_ITER && iter > 0 && code[iter - 1].opcode == GET_ITER &&
        blocks[b].in.size() == 1 && !blocks[b].outside_in && (!kOnlyRanges || code[iter - 1].over_range))
      blocks[b].round = iter;
  }
  weigh(code, blocks, block_at);
  return blocks;
}

}  // namespace ml::native::profiler
