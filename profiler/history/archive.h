#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "profiler/history/database.h"
#include "profiler/model/profile.h"

namespace ml::profiler::history {

// How much is kept (profiler-reports.md 7.2, retention).
struct Keep {
  std::size_t per_program = 20;
  std::uint64_t bytes = 256ull << 20;
};

// The folder `.mlpy` of a project: `profiles/ID.mlprof`, `profiles/latest.mlprof` (the newest), and
// `history.db`, an index of them. Several processes may use it at once. A damaged index is set aside as
// `history.db.damaged` and made anew from the profiles; notes() says so. Nothing is created before the first
// save.
class Archive {
 public:
  explicit Archive(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path file_of(const std::string& id) const;

  // Writes the profile, makes it the latest, and removes what `keep` does not cover. Empty, or why the
  // profile could not be written; trouble with the index alone is a note.
  std::string save(const Profile& profile, std::string_view mlprof, const Keep& keep = {});

  // The saved runs, oldest first.
  std::vector<Run> runs();
  std::vector<FunctionCost> costs(const std::string& function);
  std::vector<std::string> function_names();

  // Number of runs removed.
  std::size_t remove(const std::vector<std::string>& ids);
  // Applies `keep`, drops rows without a file and left-over temporary files, and adds files without a row.
  // Damaged files are noted and stay.
  std::size_t tidy(const Keep& keep = {});

  // What is wrong with the file of a saved run: it is gone, or was damaged since. Empty: nothing. Reads only
  // files whose size has changed.
  std::string damage_of(const Run& run) const;

  // What a person should know of: one sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  class Lock;
  std::filesystem::path profiles() const { return folder_ / "profiles"; }
  bool exists() const;
  template <class Result, class Ask>
  Result ask(Ask ask);
  bool rebuild(Database& database);
  std::size_t retain(Database& database, const Keep& keep);
  std::size_t remove(Database& database, const std::vector<std::string>& ids);
  void renew_latest(Database& database);
  void note(std::string sentence);

  std::filesystem::path folder_;
  std::vector<std::string> notes_;
};

// Reads a `.mlprof` file; the string says why that failed, without the file's name.
std::variant<Profile, std::string> load_profile(const std::filesystem::path& file);

// A name for a run that starts at this time: `20261121-091502-7f3a`, the last part random.
std::string new_run_id(std::uint64_t started_unix_ns);

// The runs that match: an id, its beginning, `last` (the newest), `last:N` (the N-th newest, from 1), or a
// program's path or file name (its newest run). Several when a beginning is not unique. `runs` as
// Archive::runs gives them.
std::vector<const Run*> find_run(const std::vector<Run>& runs, std::string_view wanted);

// Whether a path of a profile is what the user calls `wanted`: equal to it, or ending with it after a '/'.
bool is_path(std::string_view path, std::string_view wanted);

// Whether the run's program, or one of its files, is called `wanted`.
bool concerns(const Run& run, std::string_view wanted);

}  // namespace ml::profiler::history
