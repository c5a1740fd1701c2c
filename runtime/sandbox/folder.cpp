#include "runtime/sandbox/folder.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace ml::sandbox {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "mlpy-run-";

// Of the process that made it, from `mlpy-run-PID-xxxxxx`; 0 when the name is another.
pid_t owner_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return 0;
  char* end = nullptr;
  const long pid = std::strtol(name.c_str() + kPrefix.size(), &end, 10);
  return *end == '-' ? static_cast<pid_t>(pid) : 0;
}

}  // namespace

PrivateFolder::PrivateFolder() {
  const char* base = std::getenv("TMPDIR");
  std::error_code failed;
  const fs::path real = fs::canonical(base && *base ? base : "/tmp", failed);
  name_ = fmt::format("{}/{}{}-XXXXXX", failed ? "/tmp" : real.string(), kPrefix, ::getpid());
  if (!::mkdtemp(name_.data())) name_.clear();
}

PrivateFolder::~PrivateFolder() {
  std::error_code failed;
  if (!name_.empty()) fs::remove_all(name_, failed);
}

void PrivateFolder::sweep() const {
  std::error_code failed;
  for (auto it = fs::directory_iterator(fs::path(name_).parent_path(), failed);
       it != fs::directory_iterator(); it.increment(failed)) {
    if (failed) return;
    const pid_t owner = owner_of(it->path().filename().string());
    if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
    struct stat info {};
    if (::lstat(it->path().c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::getuid()) {
      std::error_code ignored;
      fs::remove_all(it->path(), ignored);
    }
  }
}

}  // namespace ml::sandbox
