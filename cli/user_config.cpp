#include "cli/user_config.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/base/files.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSecretSize = 32;

std::optional<std::string> read_secret(const fs::path& file) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 077) != 0) {
    return std::nullopt;
  }
  auto secret = read_file(file);
  return secret && secret->size() == kSecretSize ? secret : std::nullopt;
}

// Whole or not at all, and never over one that is there: of several first runs at once one wins.
void make_secret(const fs::path& file) {
  std::array<char, kSecretSize> secret{};
  if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) return;
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  std::string temporary = file.string() + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());  // 0600
  if (fd < 0) return;
  const bool written = ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size());
  if (::close(fd) == 0 && written) {
    [[maybe_unused]] const int linked = ::link(temporary.c_str(), file.c_str());
  }
  ::unlink(temporary.c_str());
}

}  // namespace

std::optional<fs::path> config_file(const char* name) {
  if (const char* folder = std::getenv("XDG_CONFIG_HOME"); folder && *folder)
    return fs::path(folder) / "mlpy" / name;
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".config/mlpy" / name;
  return std::nullopt;
}

std::optional<std::string> user_secret() {
  const auto file = config_file("cache-key");
  if (!file) return std::nullopt;
  auto secret = read_secret(*file);
  if (secret) return secret;
  make_secret(*file);
  return read_secret(*file);
}

}  // namespace ml::cli
