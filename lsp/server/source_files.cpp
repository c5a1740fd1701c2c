#include "lsp/server/source_files.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

#include "cli/project/project_file.h"

namespace ml::lsp {
namespace fs = std::filesystem;
namespace {

constexpr int kBlindMs = 2000, kSettleMs = 20;

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || name == "node_modules" || name == "__pycache__";
}

}  // namespace

bool is_project_file(std::string_view path) {
  const auto names = cli::project_file_names();
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> list_files(const std::vector<std::string>& folders, std::size_t most,
                                    const std::function<void(const std::string&)>& folder) {
  std::vector<std::string> files;
  for (const std::string& root : folders) {
    std::error_code failed;
    fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, failed), end;
    if (!failed && folder) folder(root);
    while (!failed && it != end && files.size() < most) {
      std::error_code gone;
      if (it->is_directory(gone)) {
        if (is_left_out(it->path()))
          it.disable_recursion_pending();
        else if (folder && !it->is_symlink(gone))
          folder(it->path().string());
      } else if (it->path().extension() == ".ml" && it->is_regular_file(gone)) {
        files.push_back(it->path().string());
      }
      it.increment(failed);
    }
  }
  return files;
}

SourceWatcher::~SourceWatcher() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  if (events_ >= 0) close(events_);
  if (wake_ >= 0) close(wake_);
}

void SourceWatcher::wake() {
  const std::uint64_t one = 1;
  if (wake_ >= 0) [[maybe_unused]]
    const auto written = write(wake_, &one, sizeof one);
}

void SourceWatcher::watch(std::vector<std::string> folders, std::size_t most_files) {
  {
    const std::lock_guard lock(mutex_);
    if (folders == folders_ && most_files == most_) return;
    folders_ = std::move(folders);
    most_ = most_files;
    fresh_ = true;
    if (folders_.empty() && !thread_.joinable()) return;
  }
  if (thread_.joinable()) return wake();
  events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  look();
  thread_ = std::thread([this] { run(); });
}

void SourceWatcher::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return;
    }
    look();
    pollfd both[] = {{events_, POLLIN, 0}, {wake_, POLLIN, 0}};
    poll(both, 2, blind_ || events_ < 0 || wake_ < 0 ? kBlindMs : -1);
    // Programs change many files at once.
    if ((both[0].revents & POLLIN) != 0) poll(both + 1, 1, kSettleMs);
    alignas(inotify_event) char buffer[4096];
    while (events_ >= 0 && read(events_, buffer, sizeof buffer) > 0) {
    }
    while (wake_ >= 0 && read(wake_, buffer, sizeof(std::uint64_t)) > 0) {
    }
  }
}

void SourceWatcher::look() {
  std::vector<std::string> folders;
  std::size_t most = 0;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    folders = folders_;
    most = most_;
    fresh = std::exchange(fresh_, false);
  }
  constexpr std::uint32_t kMask =
      IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_ONLYDIR;
  blind_ = false;
  std::map<std::string, FileStamp> now;
  const auto watched = [&](const std::string& folder) {
    // A watch that exists already stays as it is.
    if (inotify_add_watch(events_, folder.c_str(), kMask) < 0) blind_ = true;
    for (const std::string_view name : cli::project_file_names()) {
      std::string file = folder + "/" + std::string(name);
      if (const FileStamp stamp = stamp_of(file)) now.emplace(std::move(file), stamp);
    }
  };
  for (std::string& file : list_files(folders, most, watched)) {
    const FileStamp stamp = stamp_of(file);
    now.emplace(std::move(file), stamp);
  }
  std::vector<std::string> changed;
  for (const auto& [file, stamp] : now) {
    const auto before = stamps_.find(file);
    if (before == stamps_.end() || before->second != stamp) changed.push_back(file);
  }
  for (const auto& [file, stamp] : stamps_) {
    if (!now.contains(file)) changed.push_back(file);
  }
  stamps_ = std::move(now);
  if (!fresh && !changed.empty()) changed_(std::move(changed));
}

}  // namespace ml::lsp
