#pragma once

// The loaded runs: a part of the snapshot (server/snapshot.h). Immutable, but for the matches it keeps.

#include <memory>
#include <string>
#include <vector>

#include "lsp/profile/match.h"
#include "lsp/profile/run.h"
#include "lsp/server/snapshot.h"
#include "profiler/history/compare.h"

namespace ml::lsp {

struct RunComparison {
  std::shared_ptr<const LoadedRun> base, head;
  profiler::history::Comparison result;
  // By function of head: index in result.changes; kNone.
  std::vector<std::uint32_t> change_of;
};

struct Profiles {
  std::vector<std::shared_ptr<const LoadedRun>> runs;  // what was loaded last first
  std::shared_ptr<const LoadedRun> baseline;
  std::shared_ptr<const RunComparison> comparison;
  std::shared_ptr<Matches> matches = std::make_shared<Matches>();
  std::vector<std::string> watching;  // files that are loaded when they change
  std::size_t next_hottest = 0;       // place in the list that ml.profile.goToHottest visits next

  std::shared_ptr<const LoadedRun> find(std::string_view run_id) const;
  // The run to show for a file: of those that hold it, else that could have functions that moved there.
  std::shared_ptr<const LoadedRun> run_of(const std::string& key) const;
};

// The part, or one without runs.
std::shared_ptr<const Profiles> profiles_of(const Snapshot& snapshot);

// What the loaded runs say about a file; null when nothing is loaded for it.
std::shared_ptr<const FileCosts> costs_of(const Snapshot& snapshot, const Revision& file);

// Where costs are shown (editor-protocols.md 4.2), by the setting `profile.surface` and what the client can.
struct Surface {
  bool lens = false, inlay = false, hints = false;  // of functions; hints: diagnostics ML9001
  bool lines = false;
  std::string name;  // "lens", "inlay", "both", "off", "diagnostics"
};
Surface surface_of(const Snapshot& snapshot);

struct CostSettings {
  double least_percent, line_percent;
  bool full;         // profile.detail
  bool of_function;  // profile.lineBase
};
CostSettings cost_settings(const Settings& settings);

}  // namespace ml::lsp
