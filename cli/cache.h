#pragma once

// The transpilation cache (cli-and-python-api.md section 5): compiled programs by content. An entry is named
// by a hash of everything known before compiling (compiler, options, interpreter, main file); it lists the
// other files it depends on with their hashes and is used only when all of them still hold. Entries are
// written to a temporary file and renamed; a damaged one is ignored and rewritten, and so is one that was not
// written by this user: every entry carries a keyed hash (security.md 5.7). The code objects of a program lie
// beside its entry, written by the launcher under the same rules.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/program.h"

namespace ml::cli {

struct CacheEntry {
  std::vector<Dependency> dependencies;
  std::string findings;  // warnings as printed
  std::string bundle;    // runtime/link/bundle.h
};

struct CacheInfo {
  std::filesystem::path folder;
  std::uint64_t entries = 0, bytes = 0;
  std::uint64_t hits = 0, misses = 0;  // of all loads since the counters were made
};

class Cache {
 public:
  // `folder` need not exist yet. Entries are good that were made with the same `secret`.
  Cache(std::filesystem::path folder, std::string secret)
      : folder_(std::move(folder)), secret_(std::move(secret)) {}

  // $MLPY_CACHE_DIR, else $XDG_CACHE_HOME/mlpy, else ~/.cache/mlpy; nothing when MLPY_NO_CACHE is set, or
  // there is no home, or no place for the user's secret (cli/user_config.h).
  static std::optional<Cache> of_user();

  // Lets the folder grow to so many MB (default kMostBytes) before old entries are removed.
  void hold_at_most(double megabytes) {
    most_bytes_ = static_cast<std::uint64_t>(std::clamp(megabytes, 0.0, 1e6) * (1 << 20));
  }

  // The entry when it is whole and its dependencies are unchanged.
  std::optional<CacheEntry> load(const std::string& key) const;
  // Nothing is stored when the folder cannot be written; false then.
  bool store(const std::string& key, const CacheEntry& entry) const;
  // Where the launcher keeps the code objects of the entry.
  std::filesystem::path code_file(const std::string& key) const;
  // With which the launcher makes and checks them: 64 hex digits that say nothing about other programs' keys.
  std::string code_key(const std::string& key) const;

  CacheInfo info() const;
  // Number of entries removed: all, those of programs with a module file `name`.ml, those beyond the limits
  // or unused for 30 days.
  std::uint64_t clear() const;
  std::uint64_t clear_module(const std::string& name) const;
  std::uint64_t prune_now() const;

  static constexpr std::uint64_t kMostBytes = 256ull << 20, kMostEntries = 20000;

 private:
  std::filesystem::path entry_file(const std::string& key) const;
  void prune() const;
  void count(char what) const;
  void make_folder() const;
  std::optional<CacheEntry> read(const std::string& key) const;

  std::filesystem::path folder_;
  std::string secret_;
  std::uint64_t most_bytes_ = kMostBytes;
};

}  // namespace ml::cli
