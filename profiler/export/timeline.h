#pragma once

#include <cstdint>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::exports {

// A function becomes, or stops being, part of a thread's stack.
struct Change {
  std::uint64_t at_ns = 0;
  std::uint32_t function = 0;
  bool opens = false;
};

// The timeline of one thread, balanced and in order of time: what two stacks share from the root on stays
// open between them where one follows the other.
std::vector<Change> changes(const Profile& profile, std::uint32_t thread);

// Threads that the timeline has something of, in order.
std::vector<std::uint32_t> threads_of(const Profile& profile);

}  // namespace ml::profiler::exports
