#pragma once

// Settings of the kernel that are files. Also in the program's process: nothing here allocates.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace ml::sandbox {

// Writes `text` into the file that exists, in one piece. False if that does not work (errno says why).
inline bool put(const char* path, std::string_view text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool good = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int problem = errno;
  ::close(file);
  errno = problem;
  return good;
}

}  // namespace ml::sandbox
