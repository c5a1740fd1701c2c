#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>

namespace ml::cli {
namespace fs = std::filesystem;

std::optional<std::string> read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    errno = EISDIR;
    return std::nullopt;
  }
  // One byte more than the size: the read that fills it short of the end also proves the end.
  std::size_t used = 0;
  text.resize(static_cast<std::size_t>(info.st_size > 0 ? info.st_size : 0) + 1);
  for (;;) {
    if (used == text.size()) text.resize(text.size() * 2);
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int why = errno;
      ::close(fd);
      errno = why;
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
  const std::string temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  bool good = true;
  for (std::size_t at = 0; good && at < content.size();) {
    const ssize_t put = ::write(fd, content.data() + at, content.size() - at);
    if (put < 0 && errno == EINTR) continue;
    good = put > 0;
    if (good) at += static_cast<std::size_t>(put);
  }
  good = ::close(fd) == 0 && good;
  good = good && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
  }
  return good;
}

std::string shown_path(const fs::path& path) {
  std::error_code failed;
  const fs::path here = fs::current_path(failed);
  if (failed || !path.is_absolute()) return path.string();
  const fs::path relative = path.lexically_relative(here);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

std::string content_hash(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

}  // namespace ml::cli
