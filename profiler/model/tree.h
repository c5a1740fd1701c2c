#pragma once

#include <cstdint>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::model {

// Bounds of what a file holds of the tree (profiler-reports.md 5): distinct stacks, and frames in all of
// them.
inline constexpr std::size_t kMaxStacks = 200'000, kMaxFrames = 2'500'000;

// Nodes in depth-first order, siblings in theirs.
std::vector<std::uint32_t> depth_first(const std::vector<Profile::Node>& tree);

// Puts the nodes into that order. Gives where each one is now.
std::vector<std::uint32_t> arrange(std::vector<Profile::Node>& tree, const std::vector<std::uint32_t>& order);

// By node: whether a file lists the stack that ends there, because it has a weight or nothing below it.
std::vector<bool> stack_ends(const std::vector<Profile::Node>& tree);

bool fits(const std::vector<Profile::Node>& tree);

// Makes the tree fit: the stacks of least weight that are too many keep only their innermost frame, below a
// root function `(other)`. Times by function and line stay what they are. Again, with smaller bounds: those
// below `(other)` stay there. The timeline follows.
void fold(Profile& profile, std::size_t stacks = kMaxStacks, std::size_t frames = kMaxFrames);

}  // namespace ml::profiler::model
