#include "lsp/documents/folder_events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace ml::lsp {
namespace {
constexpr int kBlindMs = 2000;
}

FolderEvents::FolderEvents(Look look, std::chrono::milliseconds settle)
    : look_(std::move(look)), settle_(settle) {}

FolderEvents::~FolderEvents() {
  closing_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  if (events_ >= 0) close(events_);
  if (wake_ >= 0) close(wake_);
}

void FolderEvents::wake() const {
  const std::uint64_t one = 1;
  if (wake_ >= 0) [[maybe_unused]]
    const auto written = write(wake_, &one, sizeof one);
}

void FolderEvents::look_again() {
  const std::lock_guard lock(start_mutex_);
  if (thread_.joinable()) return wake();
  events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const bool all_watched = look_();
  thread_ = std::thread([this, all_watched] { run(all_watched); });
}

bool FolderEvents::watch(const std::string& folder) const {
  constexpr std::uint32_t kMask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  return inotify_add_watch(events_, folder.c_str(), kMask) >= 0;
}

void FolderEvents::run(bool all_watched) {
  while (!closing_) {
    pollfd both[] = {{events_, POLLIN, 0}, {wake_, POLLIN, 0}};
    poll(both, 2, !all_watched || events_ < 0 || wake_ < 0 ? kBlindMs : -1);
    if (settle_.count() > 0 && (both[0].revents & POLLIN) != 0)
      poll(both + 1, 1, static_cast<int>(settle_.count()));
    alignas(inotify_event) char buffer[4096];
    while (events_ >= 0 && read(events_, buffer, sizeof buffer) > 0) {
    }
    while (wake_ >= 0 && read(wake_, buffer, sizeof(std::uint64_t)) > 0) {
    }
    if (!closing_) all_watched = look_();
  }
}

}  // namespace ml::lsp
