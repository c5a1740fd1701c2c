#pragma once

// The types of editor-protocols.md 4.4 as JSON.

#include "lsp/profile/profiles.h"
#include "wire/json.h"

namespace ml::lsp {

json::object run_info(const LoadedRun& run);
json::object share_json(const LoadedRun& run, std::uint64_t ns);  // Share

// FnCost. `file`: the text of now that `placed` is in; both null: the function is in no text (unmatched).
json::object fn_cost(const Snapshot& snapshot, const LoadedRun& run, std::uint32_t function,
                     const Placed* placed, const Revision* file);

// Every ML function of the run with its place now: closed files are read.
struct PlacedFunction {
  std::uint32_t function;
  std::shared_ptr<const FileCosts> costs;  // of the file it is in; null: in none
  const Placed* placed = nullptr;          // in costs
  std::shared_ptr<const Revision> file;
};
std::vector<PlacedFunction> all_functions(const Snapshot& snapshot,
                                          const std::shared_ptr<const LoadedRun>& run,
                                          const std::string& only_key = {});

json::object fn_cost(const Snapshot& snapshot, const LoadedRun& run, const PlacedFunction& placed);

// Edge of a function on the other end of a call.
json::object edge_json(const Snapshot& snapshot, const LoadedRun& run, std::uint32_t other,
                       std::uint32_t line, std::uint64_t calls, std::uint64_t cum_ns);

}  // namespace ml::lsp
