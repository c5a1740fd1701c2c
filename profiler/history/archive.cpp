#include "profiler/history/archive.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "core/base/files.h"
#include "profiler/store/store.h"

namespace ml::profiler::history {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kExtension = ".mlprof", kLatest = "latest.mlprof";

// Makes `latest` another name of `file`, or a copy where the file system knows no links.
void point_latest(const fs::path& file, const fs::path& latest) {
  const fs::path temporary = latest.string() + '.' + std::to_string(::getpid()) + ".tmp";
  ::unlink(temporary.c_str());
  if (::link(file.c_str(), temporary.c_str()) == 0) {
    // Renaming onto another name of the same file does nothing and leaves both.
    if (::rename(temporary.c_str(), latest.c_str()) == 0) ::unlink(temporary.c_str());
  } else if (const auto content = read_file(file)) {
    write_file_atomically(latest, *content);
  }
}

std::vector<fs::path> saved_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const fs::path& path = it->path();
    if (path.extension() == kExtension && path.filename() != kLatest) files.push_back(path);
  }
  return files;
}

std::uint64_t size_of(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

}  // namespace

// One process at a time changes the folder. Without a lock file (a read-only folder) there is nothing to
// lock.
class Archive::Lock {
 public:
  explicit Lock(const fs::path& folder) {
    file_ = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Lock() {
    if (file_ >= 0) ::close(file_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int file_ = -1;
};

fs::path Archive::file_of(const std::string& id) const { return profiles() / (id + std::string(kExtension)); }

bool Archive::exists() const {
  std::error_code failed;
  return fs::is_directory(folder_, failed);
}

void Archive::note(std::string sentence) {
  if (std::find(notes_.begin(), notes_.end(), sentence) == notes_.end())
    notes_.push_back(std::move(sentence));
}

// Lets `ask` work with the index; once more with a new index when the first turns out to be damaged.
template <class Result, class Ask>
Result Archive::ask(Ask ask) {
  const Lock lock(folder_);
  const fs::path file = folder_ / "history.db";
  for (int attempt = 0;; ++attempt) {
    Database database(file);
    if (database.state() == Database::State::fresh) rebuild(database);
    if (database.state() == Database::State::ready || database.state() == Database::State::fresh) {
      std::optional<Result> result = ask(database);
      if (result) return std::move(*result);
    }
    if (database.state() != Database::State::damaged || attempt > 0) {
      note("the history of runs cannot be used: " + database.problem());
      return Result{};
    }
    const fs::path aside = file.string() + ".damaged";
    std::error_code failed;
    fs::rename(file, aside, failed);
    fs::remove(file.string() + "-journal", failed);
    note("the history of runs was damaged (" + database.problem() + "); it was set aside as " +
         aside.filename().string() + " and made anew from the saved profiles");
  }
}

bool Archive::rebuild(Database& database) {
  bool good = true;
  for (const fs::path& file : saved_files(profiles())) {
    auto loaded = load_profile(file);
    auto* profile = std::get_if<Profile>(&loaded);
    if (profile == nullptr) continue;  // said when somebody asks for that file
    profile->run.id = file.stem().string();
    good = database.put(run_of(*profile, size_of(file)), costs_of(*profile)) && good;
  }
  return good;
}

std::string Archive::save(const Profile& profile, std::string_view mlprof, const Keep& keep) {
  std::error_code failed;
  fs::create_directories(profiles(), failed);
  const fs::path file = file_of(profile.run.id);
  errno = 0;
  if (failed || !write_file_atomically(file, mlprof))
    return failed ? failed.message() : errno ? std::strerror(errno) : "it cannot be written";
  if (const fs::path ignore = folder_ / ".gitignore"; !fs::exists(ignore, failed))
    write_file_atomically(ignore, "*\n");
  const bool recorded = ask<bool>([&](Database& database) -> std::optional<bool> {
    if (!database.put(run_of(profile, mlprof.size()), costs_of(profile))) return std::nullopt;
    const auto runs = database.runs();
    if (!runs) return std::nullopt;
    if (runs->back().id == profile.run.id) point_latest(file, profiles() / kLatest);
    retain(database, keep);
    return true;
  });
  if (!recorded) point_latest(file, profiles() / kLatest);
  return {};
}

std::string Archive::damage_of(const Run& run) const {
  const fs::path file = file_of(run.id);
  if (size_of(file) == run.file_bytes) return {};
  const auto loaded = load_profile(file);
  if (std::holds_alternative<Profile>(loaded)) return {};
  return file.string() + ": " + std::get<std::string>(loaded) + "; `mlpy profile delete " + run.id +
         "` removes the run";
}

std::vector<Run> Archive::runs() {
  if (!exists()) return {};
  return ask<std::vector<Run>>([](Database& database) { return database.runs(); });
}

std::vector<FunctionCost> Archive::costs(const std::string& function) {
  if (!exists()) return {};
  return ask<std::vector<FunctionCost>>([&](Database& database) { return database.costs(function); });
}

std::vector<std::string> Archive::function_names() {
  if (!exists()) return {};
  return ask<std::vector<std::string>>([](Database& database) { return database.function_names(); });
}

std::size_t Archive::remove(const std::vector<std::string>& ids) {
  if (!exists()) return 0;
  return ask<std::size_t>([&](Database& database) -> std::optional<std::size_t> {
    const std::size_t removed = remove(database, ids);
    if (database.state() == Database::State::damaged) return std::nullopt;
    renew_latest(database);
    return removed;
  });
}

std::size_t Archive::remove(Database& database, const std::vector<std::string>& ids) {
  std::size_t removed = 0;
  for (const std::string& id : ids) {
    std::error_code failed;
    const bool gone = fs::remove(file_of(id), failed);
    if (failed) {
      note("cannot remove " + file_of(id).string() + ": " + failed.message());
      continue;
    }
    if (!database.remove(id)) return removed;
    if (gone) ++removed;
  }
  return removed;
}

// Newest runs stay, of each program and in all.
std::size_t Archive::retain(Database& database, const Keep& keep) {
  const auto runs = database.runs();
  if (!runs) return 0;
  std::vector<std::string> ids;
  std::map<std::string_view, std::size_t> seen;
  std::uint64_t bytes = 0;
  for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
    const std::size_t nth = ++seen[run->program];
    bytes += run->file_bytes;
    const bool newest = run == runs->rbegin();
    if (newest || (nth <= keep.per_program && bytes <= keep.bytes)) continue;
    bytes -= run->file_bytes;
    ids.push_back(run->id);
  }
  return ids.empty() ? 0 : remove(database, ids);
}

void Archive::renew_latest(Database& database) {
  const auto runs = database.runs();
  const fs::path latest = profiles() / kLatest;
  if (!runs) return;
  std::error_code failed;
  if (runs->empty())
    fs::remove(latest, failed);
  else
    point_latest(file_of(runs->back().id), latest);
}

std::size_t Archive::tidy(const Keep& keep) {
  if (!exists()) return 0;
  return ask<std::size_t>([&](Database& database) -> std::optional<std::size_t> {
    if (!database.check()) return std::nullopt;
    const auto runs = database.runs();
    if (!runs) return std::nullopt;
    std::set<std::string> known;
    std::error_code failed;
    for (const Run& run : *runs) {
      if (!fs::exists(file_of(run.id), failed)) {
        database.remove(run.id);
        continue;
      }
      known.insert(run.id);
      if (std::string damage = damage_of(run); !damage.empty()) note(std::move(damage));
    }
    for (const fs::path& file : saved_files(profiles())) {
      if (known.contains(file.stem().string())) continue;
      auto loaded = load_profile(file);
      if (auto* profile = std::get_if<Profile>(&loaded)) {
        profile->run.id = file.stem().string();
        database.put(run_of(*profile, size_of(file)), costs_of(*profile));
      } else {
        note(file.string() + ": " + std::get<std::string>(loaded));
      }
    }
    // Nobody writes now: the lock is ours.
    for (fs::directory_iterator it(profiles(), failed), end; !failed && it != end; it.increment(failed)) {
      std::error_code gone;
      if (it->path().extension() == ".tmp") fs::remove(it->path(), gone);
    }
    const std::size_t removed = retain(database, keep);
    renew_latest(database);
    return removed;
  });
}

std::variant<Profile, std::string> load_profile(const fs::path& file) {
  const auto bytes = read_file(file);
  if (!bytes) return std::string(std::strerror(errno));
  ProfileResult result = read_mlprof(*bytes);
  if (!result.profile) return std::move(result.error);
  return std::move(*result.profile);
}

}  // namespace ml::profiler::history
