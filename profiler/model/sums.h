#pragma once

#include <cstdint>
#include <vector>

#include "profiler/model/places.h"
#include "profiler/model/timed.h"

namespace ml::profiler::model {

// What the tree and the tables of a capture say about functions, lines and call edges. Ids are a Timed's.
struct Sums {
  struct Function {
    std::uint64_t self_ns = 0, cum_ns = 0, wait_ns = 0, samples = 0, entries = 0;
    std::uint64_t outer_ns = 0, outer_entries = 0;  // self time and entries where it is not nested in itself
    bool recursive = false;
    std::uint64_t at_peak = 0, own_peak = 0, live = 0, bytes = 0, count = 0;
  };
  struct Edge {
    Profile::Caller caller;  // `function` is an id here; `calls` still 0
    std::uint64_t entries = 0;
  };

  std::vector<Function> functions;
  Places line_places, edge_places;   // {function, line, 0}; {callee, caller, line}
  std::vector<Profile::Line> lines;  // by id in line_places
  std::vector<Edge> edges;           // by id in edge_places
  std::vector<std::uint32_t> node_lines;
};

// In time linear in the nodes, however deep.
Sums add_up(const Timed& timed);

// Memory by line and function. If more is live at the end than was at the noted peak, the end was the peak.
void add_memory(const Capture& capture, Sums& sums);

void add_hits(const Capture& capture, Sums& sums);

// Spreads what each line allocated over the nodes that stand at it, by time. Lines without a node get one
// beside the function's heaviest. Keeps the tree depth first.
// Gives where each node is now; empty: where it was.
std::vector<std::uint32_t> spread_allocations(const Sums& sums, std::vector<Profile::Node>& tree);

}  // namespace ml::profiler::model
