#pragma once

// A profile in the making from what another tool says: stacks with the time of their innermost frame, or
// functions and calls. What comes out is a `.mlprof` that read_mlprof looks at like any other.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ml::lsp {

class Tally {
 public:
  // Number of a function. `file` may be a path, a URI or empty; a line of 0 is not known.
  std::uint32_t frame(std::string_view name, std::string_view file, std::uint32_t line);
  // "name (file.ml:12)", "name (file.ml)" or a mere name.
  std::uint32_t frame_of_title(std::string_view title);

  // Outermost frame first; empty stacks are dropped.
  void stack(std::span<const std::uint32_t> frames, std::uint64_t ns, std::uint64_t samples);

  // For tools that keep no stacks.
  void own(std::uint32_t frame, std::uint32_t line, std::uint64_t ns);
  void call(std::uint32_t caller, std::uint32_t callee, std::uint32_t line, std::uint64_t calls,
            std::uint64_t ns);

  bool empty() const { return total_ == 0; }
  // JSON. `tool` becomes part of the run's id.
  std::string mlprof(std::string_view tool) const;

 private:
  struct Function {
    std::string name, file;
    std::uint32_t line = 0;
    std::uint64_t self_ns = 0, cum_ns = 0, samples = 0, calls = 0;
  };
  struct Edge {
    std::uint64_t ns = 0, self_ns = 0, calls = 0;
  };
  std::vector<Function> functions_;
  std::map<std::tuple<std::string, std::string, std::uint32_t>, std::uint32_t> ids_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Edge> edges_;  // caller, callee, line
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> lines_;         // function, line
  struct Stack {
    std::uint64_t ns = 0, samples = 0;
  };
  std::map<std::vector<std::uint32_t>, Stack> stacks_;
  std::uint64_t total_ = 0;
};

}  // namespace ml::lsp
