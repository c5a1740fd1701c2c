#pragma once

// Tells when a program has left a profile: `.mlpy/profiles/latest.mlprof` below one of the folders, replaced
// by a rename (editor-protocols.md 4.3). Also tells of one that is there when a folder is added.

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace ml::lsp {

class ProfileWatcher {
 public:
  // `changed` is called on the watcher's own thread with the path of the file.
  explicit ProfileWatcher(std::function<void(const std::string& file)> changed)
      : changed_(std::move(changed)) {}
  ~ProfileWatcher();
  ProfileWatcher(const ProfileWatcher&) = delete;
  ProfileWatcher& operator=(const ProfileWatcher&) = delete;

  // Folders of projects; `below` is where profiles lie in them. Any thread; the first call with a folder
  // starts the thread.
  void watch(std::set<std::string> folders, const std::string& below = ".mlpy/profiles");
  // Looks again at once: somebody says that something changed.
  void look();

 private:
  void run();
  void scan();

  const std::function<void(const std::string&)> changed_;
  std::mutex mutex_;
  std::set<std::string> folders_;  // guarded
  std::string below_;              // guarded
  bool closing_ = false;           // guarded
  std::thread thread_;
  int events_ = -1, wake_ = -1;
  bool blind_ = false;  // a folder cannot be watched: look every two seconds

  struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::map<std::string, Stamp> stamps_;  // of the thread
};

}  // namespace ml::lsp
