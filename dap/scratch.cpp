#include "dap/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace ml::dap {

namespace fs = std::filesystem;

namespace {

constexpr const char *kPrefix = "mlpy-dap-", *kLock = "lock";

// Calls function(folder, whether its process lives).
template <class Function>
void each_of_user(Function&& function) {
  std::error_code failed;
  const fs::path folder = fs::temp_directory_path(failed);
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    struct stat facts {};
    if (!name.starts_with(kPrefix) || ::lstat(at->path().c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) ||
        facts.st_uid != ::geteuid())
      continue;
    const int lock = ::open((at->path() / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0) continue;
    function(at->path(), ::flock(lock, LOCK_EX | LOCK_NB) != 0);
    ::close(lock);
  }
}

}  // namespace

Scratch::Scratch() {
  std::error_code failed;
  name_ = fs::temp_directory_path(failed) / (std::string(kPrefix) + "XXXXXX");
  if (failed || !::mkdtemp(name_.data())) {
    name_.clear();
    return;
  }
  // Under another name until it is locked: who finds it in between must not think that nobody has it.
  const std::string fresh = file("lock.new");
  lock_ = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) == 0) ::rename(fresh.c_str(), file(kLock).c_str());
}

void Scratch::remove() {
  std::error_code ignored;
  if (!name_.empty()) fs::remove_all(std::exchange(name_, {}), ignored);
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

void Scratch::remove_left_ones() {
  each_of_user([](const fs::path& folder, bool lives) {
    std::error_code ignored;
    if (!lives) fs::remove_all(folder, ignored);
  });
}

std::vector<std::string> Scratch::living_ones() {
  std::vector<std::string> found;
  each_of_user([&](const fs::path& folder, bool lives) {
    if (lives) found.push_back(folder.string());
  });
  return found;
}

}  // namespace ml::dap
