#pragma once

// The files of the workspace's folders on the disk.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lsp/documents/modules.h"

namespace ml::lsp {

// A project file by its name.
bool is_project_file(std::string_view path);

// The ML files below the folders, at most so many; hidden folders and those of packages are left out.
// `folder` is told of every folder that is looked into.
std::vector<std::string> list_files(const std::vector<std::string>& folders, std::size_t most,
                                    const std::function<void(const std::string&)>& folder = {});

// Notices when ML files and project files come, change or go, for clients that do not tell. Looks as soon as
// the system says that something has happened in a folder, every two seconds where it does not.
class SourceWatcher {
 public:
  // `changed` is called on the watcher's thread.
  using Changed = std::function<void(std::vector<std::string> files)>;
  explicit SourceWatcher(Changed changed) : changed_(std::move(changed)) {}
  ~SourceWatcher();

  // What is there when the first call with a folder returns is not told, nor what is there when the watcher
  // has seen the folders of a later one. One thread at a time.
  void watch(std::vector<std::string> folders, std::size_t most_files);

 private:
  void run();
  void wake();
  void look();  // tells what is not as it was, unless the folders are new

  const Changed changed_;
  std::mutex mutex_;  // of the next four
  std::vector<std::string> folders_;
  std::size_t most_ = 0;
  bool fresh_ = false;  // folders_ are new
  bool closing_ = false;
  int events_ = -1, wake_ = -1;
  bool blind_ = false;  // some folder cannot be watched
  std::map<std::string, FileStamp> stamps_;
  std::thread thread_;
};

}  // namespace ml::lsp
