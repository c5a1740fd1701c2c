#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "profiler/history/archive.h"
#include "profiler/model/profile.h"

namespace ml::cli {

// The runs that `mlpy profile` commands can mean in the current folder (project.h, archive_folders_here).
class SavedRuns {
 public:
  SavedRuns();

  // Oldest first. Programs are named from the current folder where they lie below it.
  const std::vector<profiler::history::Run>& all() const { return runs_; }
  // Those of this program, or with this file; all for an empty name. At most the `last` newest, if not 0.
  std::vector<const profiler::history::Run*> of(const std::string& file, int last) const;

  // The one run that RUN means (commands/profile.h), or nothing after telling the user why not.
  const profiler::history::Run* find(const std::string& wanted) const;
  // The same with its profile; `wanted` may also be a `.mlprof` file.
  std::optional<profiler::Profile> load(const std::string& wanted) const;
  // Without words.
  std::optional<profiler::Profile> load(const profiler::history::Run& run) const;

  std::vector<profiler::history::FunctionCost> costs(const std::string& function);
  std::vector<std::string> function_names();
  std::size_t remove(const std::vector<const profiler::history::Run*>& runs);
  std::size_t tidy(const profiler::history::Keep& keep);
  // Tells the user which of these have no readable file.
  void tell_damage(const std::vector<const profiler::history::Run*>& runs) const;

 private:
  std::size_t place(const profiler::history::Run& run) const;
  void print_notes();

  std::vector<profiler::history::Archive> archives_;
  std::vector<std::size_t> noted_;  // by archive: notes printed
  std::vector<profiler::history::Run> runs_;
  std::vector<std::size_t> archive_of_;  // by run
};

}  // namespace ml::cli
