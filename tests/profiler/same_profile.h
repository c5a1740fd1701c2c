#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::test {

using Path = std::vector<std::uint32_t>;  // function, line, function, line ... root first
struct Weight {
  std::uint64_t self_ns = 0, samples = 0, alloc_bytes = 0;
  bool operator==(const Weight&) const = default;
};

// What a tree says, however its nodes are ordered and split.
inline std::map<Path, Weight> stacks_of(const Profile& p) {
  std::map<Path, Weight> stacks;
  std::vector<Path> paths;
  for (const Profile::Node& node : p.tree) {
    Path path = node.parent == kNone ? Path() : paths[node.parent];
    path.push_back(node.function);
    path.push_back(node.line);
    Weight& weight = stacks[path];
    weight.self_ns += node.self_ns;
    weight.samples += node.samples;
    weight.alloc_bytes += node.alloc_bytes;
    paths.push_back(std::move(path));
  }
  return stacks;
}

inline void equal(bool same, const char* field) {
  if (!same) FAIL(field << " differs");
}
#define SAME(field) equal(a.field == b.field, #field)

inline void same(const Profile::Function& a, const Profile::Function& b) {
  SAME(name), SAME(file), SAME(line), SAME(end_line), SAME(category), SAME(kind), SAME(calls);
  SAME(primitive_calls), SAME(calls_exact), SAME(self_ns), SAME(cum_ns), SAME(wait_ns), SAME(samples);
  SAME(at_peak_bytes), SAME(own_peak_bytes), SAME(end_bytes), SAME(alloc_bytes), SAME(alloc_count);
  SAME(path), SAME(ordinal), SAME(arity), SAME(shape_hash), SAME(body_hash);
  SAME(lines.size()), SAME(callers.size());
  for (std::size_t i = 0; i < a.lines.size(); ++i) {
    SAME(lines[i].line), SAME(lines[i].self_ns), SAME(lines[i].cum_ns), SAME(lines[i].samples);
    SAME(lines[i].source), SAME(lines[i].hits), SAME(lines[i].at_peak_bytes), SAME(lines[i].alloc_bytes);
  }
  for (std::size_t i = 0; i < a.callers.size(); ++i) {
    SAME(callers[i].function), SAME(callers[i].line), SAME(callers[i].cum_ns), SAME(callers[i].self_ns);
    SAME(callers[i].samples), SAME(callers[i].calls);
  }
}

// Everything but the order of the tree.
inline void same(const Profile& a, const Profile& b) {
  SAME(run.id), SAME(run.started_unix_ns), SAME(run.kind), SAME(run.program), SAME(run.command);
  SAME(run.exit_code), SAME(run.error.has_value()), SAME(run.transpile_cache), SAME(run.os), SAME(run.python);
  SAME(run.mlpy), SAME(run.core), SAME(run.cpu_count), SAME(run.debugged);
  if (a.run.error)
    SAME(run.error->type), SAME(run.error->message), SAME(run.error->file), SAME(run.error->line),
        SAME(run.error->column);
  SAME(collection.mode), SAME(collection.interval_ns), SAME(collection.lost_samples), SAME(collection.time);
  SAME(collection.calls), SAME(collection.memory), SAME(collection.memory_period_bytes);
  SAME(collection.lines), SAME(collection.complete);
  SAME(total_ns), SAME(elapsed_ns), SAME(cpu_ns), SAME(threads), SAME(category_ns), SAME(category_bytes);
  SAME(peak_bytes), SAME(end_bytes), SAME(alloc_bytes), SAME(alloc_count);
  SAME(counting), SAME(samples), SAME(complete);
  SAME(outcome.error), SAME(outcome.file), SAME(outcome.line), SAME(outcome.column);
  SAME(files.size()), SAME(functions.size()), SAME(findings.size()), SAME(phases.size());
  for (std::size_t i = 0; i < a.files.size(); ++i) {
    SAME(files[i].path), SAME(files[i].name), SAME(files[i].self_ns), SAME(files[i].calls);
    SAME(files[i].at_peak_bytes), SAME(files[i].sha256), SAME(files[i].line_count), SAME(files[i].text);
    SAME(files[i].ml);
  }
  for (std::size_t i = 0; i < a.functions.size(); ++i) same(a.functions[i], b.functions[i]);
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    SAME(findings[i].rule), SAME(findings[i].function), SAME(findings[i].line), SAME(findings[i].text);
    SAME(findings[i].data);
  }
  for (std::size_t i = 0; i < a.phases.size(); ++i)
    SAME(phases[i].category), SAME(phases[i].ns), SAME(phases[i].step);
  REQUIRE(stacks_of(a) == stacks_of(b));
}

#undef SAME

}  // namespace ml::profiler::test
