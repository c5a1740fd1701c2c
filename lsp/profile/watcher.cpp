#include "lsp/profile/watcher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace ml::lsp {

void ProfileWatcher::watch(std::set<std::string> folders, const std::string& below) {
  {
    const std::lock_guard lock(mutex_);
    if (folders == folders_ && below == below_) return;
    folders_ = std::move(folders);
    below_ = below;
  }
  events_.look_again();
}

bool ProfileWatcher::scan() {
  std::set<std::string> folders;
  std::string below;
  {
    const std::lock_guard lock(mutex_);
    folders = folders_;
    below = below_;
  }
  bool all_watched = true;
  for (const std::string& folder : folders) {
    // The folders that are there yet.
    std::string at = folder;
    for (std::size_t from = 0;;) {
      if (!events_.watch(at)) {
        all_watched = all_watched && access(at.c_str(), F_OK) != 0;
        break;
      }
      if (from >= below.size()) break;
      const std::size_t slash = std::min(below.find('/', from), below.size());
      at += "/" + below.substr(from, slash - from);
      from = slash + 1;
    }
    const std::string file = folder + "/" + below + "/latest.mlprof";
    struct stat info {};
    if (stat(file.c_str(), &info) != 0) continue;
    const Stamp now{info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
                    info.st_mtim.tv_nsec};
    if (auto& known = stamps_[file]; known != now) {
      known = now;
      changed_(file);
    }
  }
  return all_watched;
}

}  // namespace ml::lsp
