#include "lsp/profile/watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace ml::lsp {

ProfileWatcher::~ProfileWatcher() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  look();
  if (thread_.joinable()) thread_.join();
  if (events_ >= 0) close(events_);
  if (wake_ >= 0) close(wake_);
}

void ProfileWatcher::look() {
  const std::uint64_t one = 1;
  if (wake_ >= 0) [[maybe_unused]]
    const auto written = write(wake_, &one, sizeof one);
}

void ProfileWatcher::watch(std::set<std::string> folders, const std::string& below) {
  {
    const std::lock_guard lock(mutex_);
    if (folders == folders_ && below == below_) return;
    folders_ = std::move(folders);
    below_ = below;
    if (!thread_.joinable() && !folders_.empty()) {
      events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
      wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      thread_ = std::thread([this] { run(); });
      return;
    }
  }
  look();
}

void ProfileWatcher::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return;
    }
    scan();
    pollfd both[] = {{events_, POLLIN, 0}, {wake_, POLLIN, 0}};
    poll(both, 2, blind_ || events_ < 0 || wake_ < 0 ? 2000 : -1);
    // Whatever has happened: the scan looks at the files themselves.
    alignas(inotify_event) char buffer[4096];
    while (events_ >= 0 && read(events_, buffer, sizeof buffer) > 0) {
    }
    while (wake_ >= 0 && read(wake_, buffer, sizeof(std::uint64_t)) > 0) {
    }
  }
}

void ProfileWatcher::scan() {
  std::set<std::string> folders;
  std::string below;
  {
    const std::lock_guard lock(mutex_);
    folders = folders_;
    below = below_;
  }
  constexpr std::uint32_t kMask =
      IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  blind_ = false;
  for (const std::string& folder : folders) {
    // The folders that are there yet; a watch that exists already stays as it is.
    std::string at = folder;
    for (std::size_t from = 0;;) {
      if (inotify_add_watch(events_, at.c_str(), kMask) < 0) {
        blind_ = blind_ || access(at.c_str(), F_OK) == 0;
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
}

}  // namespace ml::lsp
