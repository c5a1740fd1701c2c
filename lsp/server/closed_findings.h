#pragma once

// The findings of closed files, for who wants those of the whole workspace: kept, so that a change of a
// module is not a reason to read every file that imports it.
//
// What an importer says of a module is little: that it cannot be imported, or which of the names used of it
// are not there. Where it would say so is found once, by analysing the file as if all modules were broken and
// as if they were empty; what is found both times is about the file alone. Kept is that, and those places.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/profile/run.h"
#include "lsp/server/snapshot.h"

namespace ml::lsp {

// What modules show to their importers, asked once for the many files that import them. For one thread, and
// no longer than for a few milliseconds: what changes meanwhile is not seen.
class SeenModules {
 public:
  explicit SeenModules(ModuleStore& modules) : modules_(modules) {}

  struct Seen {
    sema::ImportedModule::Kind kind = sema::ImportedModule::Kind::User;
    std::string detail;
    std::vector<std::string> names;            // sorted
    std::map<std::string, std::string> hints;  // for names that are not there
    bool has(const std::string& name) const;
    const std::string& hint(const std::string& name);
  };
  Seen& seen(const std::string& file);
  // Where the import of a file leads; empty: nowhere.
  const std::string& locate(const std::string& importer, std::string_view dotted);
  // The chain; empty: no circle.
  std::string cycle(const std::string& importer, const std::string& file) {
    return modules_.cycle(importer, file);
  }

 private:
  ModuleStore& modules_;
  std::unordered_map<std::string, Seen> by_file_;
  std::map<std::pair<std::string, std::string>, std::string> located_;  // by folder and dotted name
};

// Thread-safe.
class ClosedFindings {
 public:
  // What diagnostics_of says of the file as the disk holds it: none of a file that is not there, nothing of
  // one that is open. Reads the file only if that is new, or if what is kept does not tell. What functions
  // cost that moved here from a file that is being edited is told when the file is read.
  std::optional<json::array> find(const std::string& key, const Snapshot& snapshot, SeenModules& modules);

  // The file may be another one.
  void forget(const std::string& key);
  // So may all, or the settings have changed. A search that is under way keeps nothing.
  void forget_all();

  // Puts what is kept into memory side by side: what was needed for finding it lies between.
  void pack();

  bool keeps(const std::string& key) const;

 private:
  struct Kept {
    FileStamp stamp;
    std::string bytes;  // closed_findings.cpp
  };
  using Runs = std::vector<std::weak_ptr<const LoadedRun>>;
  void mind_runs(const Snapshot& snapshot);

  mutable std::mutex mutex_;  // of what follows
  std::unordered_map<std::string, std::shared_ptr<const Kept>> kept_;
  Runs runs_;             // that the snapshots had
  unsigned edition_ = 0;  // how often all was forgotten
  bool unpacked_ = false;
};

}  // namespace ml::lsp
