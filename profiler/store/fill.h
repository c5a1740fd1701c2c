#pragma once

#include "profiler/model/profile.h"

namespace ml::profiler::store {

// What of a file was there, for numbers that may follow from others.
struct Given {
  bool edge_times = false;   // own time of call edges
  bool stack_times = false;  // weights of stacks
  bool samples = false;      // by function
  bool phases = false;
};

// Derives what a writer other than ours left out: own times of edges, samples, phases, a tree.
void fill(Profile& profile, const Given& given);

}  // namespace ml::profiler::store
