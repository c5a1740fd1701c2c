#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "profiler/model/profile.h"

struct sqlite3;

namespace ml::profiler::history {

// What the history knows of one saved run without opening its file.
struct Run {
  std::string id;
  std::uint64_t started_unix_ns = 0;
  std::string kind, program, mode;
  std::string host;  // times of different hosts are not comparable
  std::optional<int> exit_code;
  bool complete = true, has_memory = false;
  std::uint64_t total_ns = 0, ml_ns = 0, overhead_ns = 0, stdlib_ns = 0, peak_bytes = 0;
  std::uint64_t file_bytes = 0;    // of the saved profile
  std::vector<std::string> files;  // paths of the program's sources
};

// One function in one run.
struct FunctionCost {
  std::string run;  // id
  std::string name, file, shape_hash;
  std::uint32_t line = 0;
  std::uint64_t calls = 0, self_ns = 0, cum_ns = 0, at_peak_bytes = 0;
};

// The row of a profile, and those of its ML functions with the most self time.
Run run_of(const Profile& profile, std::uint64_t file_bytes);
std::vector<FunctionCost> costs_of(const Profile& profile);

// The SQLite file of a history: an index of the saved profiles, which hold the truth. Used by one thread;
// several processes may use the same file (they wait for each other up to ten seconds). Every function says
// by its result whether it worked; problem() then says what did not.
class Database {
 public:
  enum class State : std::uint8_t {
    ready,
    fresh,    // was not there or empty: it has its tables now, and no rows
    damaged,  // not a database, or an unreadable one
    newer,    // made by a later version of mlpy
    failed,   // no permission, disk full, ...
  };

  explicit Database(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  State state() const { return state_; }
  const std::string& problem() const { return problem_; }

  // Replaces what is known of the run. All or nothing.
  bool put(const Run& run, const std::vector<FunctionCost>& costs);
  bool remove(const std::string& run);
  // By time, oldest first.
  std::optional<std::vector<Run>> runs();
  // Functions called `name` (qualified, or its last part), oldest run first.
  std::optional<std::vector<FunctionCost>> costs(const std::string& name);
  // Names of functions known, for "did you mean".
  std::optional<std::vector<std::string>> function_names();
  // Reads everything; false when that shows damage.
  bool check();

 private:
  class Statement;
  std::optional<std::uint64_t> user_version();
  bool run_sql(const char* sql);
  bool note(int code);  // false; keeps the problem and the state

  sqlite3* handle_ = nullptr;
  State state_ = State::failed;
  std::string problem_;
};

}  // namespace ml::profiler::history
