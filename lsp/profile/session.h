#pragma once

// What changes the loaded runs: on the state thread. Every change is told to the client
// (mlpy/profile/changed, refresh requests).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/profile/profiles.h"
#include "lsp/server/editor.h"
#include "lsp/server/moved_files.h"

namespace ml::lsp {

// Shows the run; with `make_baseline` others are compared with it.
void show_run(Editor& editor, std::shared_ptr<const LoadedRun> run, bool make_baseline = false);
// A run the watcher has found: shown unless a newer one of its project is.
void offer_run(Editor& editor, std::shared_ptr<const LoadedRun> run);
// An empty id: all. The number of runs that were removed.
void clear_runs(Editor& editor, std::string_view run_id, bool baseline_only);
void show_comparison(Editor& editor, std::shared_ptr<const RunComparison> comparison);
// Costs are to be asked for anew: settings changed, or functions were renamed.
void rematched(Editor& editor);
// Files of the runs have moved: their functions stay who they are.
void follow_files(Editor& editor, const std::vector<MovedFile>& moved);

std::shared_ptr<const RunComparison> compare_runs(std::shared_ptr<const LoadedRun> base,
                                                  std::shared_ptr<const LoadedRun> head,
                                                  const profiler::history::CompareOptions& options = {});

}  // namespace ml::lsp
