#include "core/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace ml {
namespace fs = std::filesystem;
namespace {

// Closes without changing errno, which says why something before it failed.
void close_quietly(int fd) {
  const int why = errno;
  ::close(fd);
  errno = why;
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// Opens a new file whose name begins with `path`, and says in `name` which. -1 on failure.
int open_beside(const fs::path& path, std::string& name) {
  static std::atomic<unsigned> count{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = path.string() + '.' + std::to_string(::getpid()) + '-' + std::to_string(++count) + ".tmp";
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

bool write_in_place(const fs::path& path, std::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = write_all(fd, content);
  close_quietly(fd);
  return good;
}

}  // namespace

std::optional<std::string> read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    errno = EISDIR;
    return std::nullopt;
  }
  // One byte more than the size: the read that fills it short of the end also proves the end.
  std::string text(static_cast<std::size_t>(info.st_size > 0 ? info.st_size : 0) + 1, '\0');
  std::size_t used = 0;
  for (;;) {
    if (used == text.size()) text.resize(text.size() * 2);
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      close_quietly(fd);
      return std::nullopt;
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  ::close(fd);
  text.resize(used);
  return text;
}

bool write_file_atomically(const fs::path& path, std::string_view content, bool create_parents) {
  std::error_code failed;
  if (create_parents && path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  struct stat before {};
  const bool existed = ::stat(path.c_str(), &before) == 0;
  if (existed && S_ISDIR(before.st_mode)) {
    errno = EISDIR;
    return false;
  }
  if (existed && !S_ISREG(before.st_mode)) return write_in_place(path, content);
  const fs::path target = existed && fs::is_symlink(path, failed) ? fs::canonical(path, failed) : path;
  std::string temporary;
  const int fd = open_beside(target, temporary);
  if (fd < 0) return false;
  bool good = write_all(fd, content);
  if (good && existed) good = ::fchmod(fd, before.st_mode & 07777) == 0;
  if (good) {
    good = ::close(fd) == 0;
  } else {
    close_quietly(fd);
  }
  good = good && ::rename(temporary.c_str(), target.c_str()) == 0;
  if (!good) {
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
  }
  return good;
}

}  // namespace ml
