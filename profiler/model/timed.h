#pragma once

#include <cstdint>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::model {

// A capture with every instant of its run given to a node: what adding up begins with. Function ids are the
// capture's, then those of phases that it has no function for.
struct Timed {
  std::vector<capture::Function> functions;
  std::vector<std::uint64_t> calls;       // by function
  std::vector<Profile::Node> tree;        // depth first, siblings differ; phases are roots and come first
  std::vector<Profile::Moment> timeline;  // of the phases and the samples; empty if there were no moments
  std::vector<std::uint64_t> wait_ns, entries;  // by node; wait_ns is part of its self_ns
  std::uint64_t running_ns = 0;                 // of all threads: the tree without phases
  std::uint64_t phases_ns = 0;
};

// Waits are as measured, the rest of the wall time of all threads goes by the weight of the samples taken
// running; in exact mode nodes keep their times. What no node explains is time of the program's top level, or
// of its start if no ML code ran; so is what was sampled around a program too short for a sample of its own
// code.
Timed give_times(const Capture& capture);

}  // namespace ml::profiler::model
