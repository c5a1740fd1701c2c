#pragma once

// A thread that looks at folders again whenever something happens in one of them. What has happened it does
// not say: whoever looks compares with what was there before.

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace ml::lsp {

class FolderEvents {
 public:
  // `look` watches the folders it looks at, and says whether it could watch all of them: if not, it is called
  // every two seconds. After something happened it is called `settle` later, for all that came meanwhile.
  using Look = std::function<bool()>;
  explicit FolderEvents(Look look, std::chrono::milliseconds settle = {});
  // Ends the thread. First of all, where `look` uses other members.
  ~FolderEvents();
  FolderEvents(const FolderEvents&) = delete;
  FolderEvents& operator=(const FolderEvents&) = delete;

  // The first call looks on the calling thread and starts the other one; further ones have that look again.
  // Any thread.
  void look_again();
  // For `look`: tells of files that come, change and go directly in the folder. False: it cannot be watched.
  // Watching a folder again costs little.
  bool watch(const std::string& folder) const;

 private:
  void run(bool all_watched);
  void wake() const;

  const Look look_;
  const std::chrono::milliseconds settle_;
  std::mutex start_mutex_;
  std::atomic<bool> closing_{false};
  int events_ = -1, wake_ = -1;
  std::thread thread_;
};

}  // namespace ml::lsp
