#include "runtime/native/profiler/stack_depth.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>

namespace ml::native::profiler {
namespace {

// The compiler's own figures; false where it has none.
bool effect(const Instruction& at, bool jumps, int* by) {
  // The value that a generator is first resumed with is counted from 3.12 on only.
  if (at.opcode == RETURN_GENERATOR) {
    *by = 1;
    return true;
  }
  *by = PyCompile_OpcodeStackEffectWithJump(static_cast<int>(at.opcode), static_cast<int>(at.argument),
                                            jumps ? 1 : 0);
  return *by != PY_INVALID_STACK_EFFECT;
}

class Depths {
 public:
  explicit Depths(const std::vector<Instruction>& code) : code_(code), depth_(code.size(), -1) {}

  void reach(std::size_t i, int depth) {
    if (i >= code_.size() || depth_[i] >= depth) return;
    depth_[i] = depth;
    pending_.push_back(i);
  }

  // Follows the code from what was reached. False if the stack would underflow or outgrow `limit`.
  bool run(int limit) {
    while (!pending_.empty()) {
      const std::size_t i = pending_.back();
      pending_.pop_back();
      const Instruction& now = code_[i];
      const bool jumps = jump_of(now.opcode) != Jump::none;
      for (const bool jump : {false, true}) {
        if (jump ? !jumps : leaves(now.opcode)) continue;
        int by = 0;
        if (!effect(now, jump, &by)) return false;
        const int depth = depth_[i] + by;
        if (depth < 0 || depth > limit) return false;
        highest_ = std::max(highest_, depth);
        reach(jump ? now.target : i + 1, depth);
      }
    }
    return true;
  }

  int highest() const { return highest_; }
  const std::vector<int>& all() const { return depth_; }

 private:
  const std::vector<Instruction>& code_;
  std::vector<int> depth_;
  std::vector<std::size_t> pending_;
  int highest_ = 0;
};

}  // namespace

int kept_depth(const ExceptionRow& row) { return static_cast<int>(row.depth_and_flag >> 1); }

int handler_depth(const ExceptionRow& row) {
  return kept_depth(row) + 1 + static_cast<int>(row.depth_and_flag & 1);
}

std::vector<int> stack_depths(const std::vector<Instruction>& code, const std::vector<std::size_t>& index_of,
                              const std::vector<ExceptionRow>& rows, int stack_size) {
  Depths depths(code);
  depths.reach(0, 0);
  for (const ExceptionRow& row : rows) depths.reach(index_of[row.target], handler_depth(row));
  if (!depths.run(stack_size)) return std::vector<int>(code.size(), stack_size);
  // What the compiler reserved and this did not find may be anywhere.
  const int unseen = std::max(0, stack_size - std::max(depths.highest(), 0));
  std::vector<int> all = depths.all();
  for (int& depth : all) depth = depth < 0 ? stack_size : std::min(stack_size, depth + unseen);
  return all;
}

}  // namespace ml::native::profiler
