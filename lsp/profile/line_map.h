#pragma once

// Where lines went: between a text that ran and the text of now.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ml::lsp {

// Pairs of equal elements of both sequences, ascending in both: all of a common beginning and end, between
// them a longest common subsequence (of long ones, nothing).
std::vector<std::pair<std::uint32_t, std::uint32_t>> common(std::span<const std::uint64_t> a,
                                                            std::span<const std::uint64_t> b);

struct LineNow {
  std::uint32_t line = 0;
  bool there = false, edited = false;
};
// By line of `before`: where it is in `now`. Between equal lines, as many lines as before are the same ones
// edited; else they are gone. Blank lines (0) do not count.
std::vector<LineNow> map_lines(std::span<const std::uint64_t> before, std::span<const std::uint64_t> now);

// How much of both is common, 0 to 1. Blank lines (0) do not count.
double similarity(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

}  // namespace ml::lsp
