#pragma once

// The files of the workspace's folders on the disk.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/documents/folder_events.h"
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

  // What is there when the first call with a folder returns is not told, nor what is there when the watcher
  // has seen the folders of a later one. One thread at a time.
  void watch(std::vector<std::string> folders, std::size_t most_files);

 private:
  bool look();  // tells what is not as it was, unless the folders are new

  const Changed changed_;
  std::mutex mutex_;  // of the next three
  std::vector<std::string> folders_;
  std::size_t most_ = 0;
  bool fresh_ = false;                       // folders_ are new
  std::map<std::string, FileStamp> stamps_;  // of `look`
  // Programs change many files at once.
  FolderEvents events_{[this] { return look(); }, std::chrono::milliseconds(20)};
};

}  // namespace ml::lsp
