#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::exports {

// How a function is shown as one line: `price (shop.ml:4)`, `strptime (_strptime.py)`, `parse_file`.
std::string frame_name(const Profile& profile, const Profile::Function& function);

// Path of the function's file, or what stands for it where there is none: `<import>`, `<mlpy>`.
std::string_view file_of(const Profile& profile, const Profile::Function& function);

// The calling-context tree of a profile with the places of one function folded together; parents come first.
struct Stacks {
  struct Node {
    std::uint32_t parent = kNone, function = 0;
    std::uint64_t self_ns = 0, samples = 0, alloc_bytes = 0;
    std::uint64_t below_ns = 0;  // with everything it called
  };
  explicit Stacks(const Profile& profile);

  std::vector<Node> nodes;
  std::vector<std::vector<std::uint32_t>> children;  // by node, those with more time first
  std::vector<std::uint32_t> roots;                  // likewise

  // Functions from the root to `node`.
  std::vector<std::uint32_t> path(std::uint32_t node) const;
};

}  // namespace ml::profiler::exports
