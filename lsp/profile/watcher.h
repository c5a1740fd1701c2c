#pragma once

// Tells when a program has left a profile: `.mlpy/profiles/latest.mlprof` below one of the folders, replaced
// by a rename (editor-protocols.md 4.3). Also tells of one that is there when a folder is added.

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "lsp/documents/folder_events.h"

namespace ml::lsp {

class ProfileWatcher {
 public:
  // `changed` is called with the path of the file, on the thread of the first `watch` and then on the
  // watcher's own.
  explicit ProfileWatcher(std::function<void(const std::string& file)> changed)
      : changed_(std::move(changed)) {}

  // Folders of projects; `below` is where profiles lie in them. Any thread.
  void watch(std::set<std::string> folders, const std::string& below = ".mlpy/profiles");
  // Looks again at once: somebody says that something changed.
  void look() { events_.look_again(); }

 private:
  bool scan();

  const std::function<void(const std::string&)> changed_;
  std::mutex mutex_;
  std::set<std::string> folders_;  // guarded
  std::string below_;              // guarded

  struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::map<std::string, Stamp> stamps_;  // of `scan`
  FolderEvents events_{[this] { return scan(); }};
};

}  // namespace ml::lsp
