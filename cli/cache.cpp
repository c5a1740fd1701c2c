#include "cli/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "cli/user_config.h"
#include "core/base/files.h"
#include "core/base/sha256.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic = "MLPYC002";
constexpr std::size_t kHashSize = 64;

void put(std::string& out, std::string_view field) {
  for (std::size_t n = field.size(), i = 0; i < 8; ++i, n >>= 8) out += static_cast<char>(n & 0xff);
  out += field;
}

// Reads fields back; lengths are checked against what is there.
class FieldReader {
 public:
  explicit FieldReader(std::string_view data) : data_(data) {}
  bool next(std::string& field) {
    if (data_.size() < 8) return false;
    std::uint64_t size = 0;
    for (int i = 7; i >= 0; --i)
      size = size << 8 | static_cast<unsigned char>(data_[static_cast<std::size_t>(i)]);
    data_.remove_prefix(8);
    if (size > data_.size()) return false;
    field.assign(data_.substr(0, size));
    data_.remove_prefix(size);
    return true;
  }
  bool done() const { return data_.empty(); }

 private:
  std::string_view data_;
};

bool holds(const Dependency& dependency) {
  if (dependency.hash.empty()) {
    std::error_code failed;
    return !fs::is_regular_file(dependency.file, failed);
  }
  const auto text = read_file(dependency.file);
  return text && sha256(*text) == dependency.hash;
}

// Entries must be files of this user: somebody else's are no cache.
bool is_mine(const fs::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && info.st_uid == ::geteuid();
}

struct StoredFile {
  fs::path path;
  std::uint64_t bytes;
  fs::file_time_type used;
};

std::vector<StoredFile> stored_files(const fs::path& folder) {
  std::vector<StoredFile> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code gone;
    if (!it->is_regular_file(gone) || gone) continue;
    const std::string extension = it->path().extension().string();
    if (extension != ".mlc" && extension != ".code" && extension != ".tmp") continue;
    const std::uint64_t bytes = it->file_size(gone);
    const auto used = it->last_write_time(gone);
    if (!gone) files.push_back({it->path(), bytes, used});
  }
  return files;
}

}  // namespace

std::optional<Cache> Cache::of_user() {
  if (const char* off = std::getenv("MLPY_NO_CACHE"); off && *off && std::string_view(off) != "0")
    return std::nullopt;
  const auto folder = [](const char* variable, const char* below) -> std::optional<Cache> {
    const char* value = std::getenv(variable);
    if (!value || !*value) return std::nullopt;
    auto secret = user_secret();
    if (!secret) return std::nullopt;
    return Cache(fs::path(value) / below / "transpile/v1", std::move(*secret));
  };
  if (auto cache = folder("MLPY_CACHE_DIR", "")) return cache;
  if (auto cache = folder("XDG_CACHE_HOME", "mlpy")) return cache;
  return folder("HOME", ".cache/mlpy");
}

fs::path Cache::entry_file(const std::string& key) const {
  return folder_ / key.substr(0, 2) / (key + ".mlc");
}
fs::path Cache::code_file(const std::string& key) const {
  return folder_ / key.substr(0, 2) / (key + ".code");
}
std::string Cache::code_key(const std::string& key) const { return hmac_sha256(secret_, "code " + key); }

// One byte for each load; losing some is harmless.
void Cache::count(char what) const {
  const fs::path file = folder_ / "counters";
  constexpr int kHow = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
  int fd = ::open(file.c_str(), kHow, 0600);
  if (fd < 0 && errno == ENOENT) {
    make_folder();
    fd = ::open(file.c_str(), kHow, 0600);
  }
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, &what, 1);
  ::close(fd);
}

std::optional<CacheEntry> Cache::load(const std::string& key) const {
  auto entry = read(key);
  count(entry ? 'h' : 'm');
  return entry;
}

std::optional<CacheEntry> Cache::read(const std::string& key) const {
  const fs::path file = entry_file(key);
  const auto stored = read_file(file);
  if (!stored || !is_mine(file)) return std::nullopt;
  const std::string_view data = *stored;
  if (data.size() < kMagic.size() + kHashSize || data.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  const std::string_view body = data.substr(kMagic.size() + kHashSize);
  if (hmac_sha256(secret_, body) != data.substr(kMagic.size(), kHashSize)) return std::nullopt;
  FieldReader reader(body);
  CacheEntry entry;
  std::string stored_key, path, hash;
  if (!reader.next(stored_key) || stored_key != key || !reader.next(entry.findings) ||
      !reader.next(entry.bundle)) {
    return std::nullopt;
  }
  while (!reader.done()) {
    if (!reader.next(path) || !reader.next(hash)) return std::nullopt;
    entry.dependencies.push_back({path, hash});
  }
  if (!std::all_of(entry.dependencies.begin(), entry.dependencies.end(), holds)) return std::nullopt;
  ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);  // last use, for pruning; failure costs nothing
  return entry;
}

void Cache::make_folder() const {
  std::error_code failed;
  if (fs::exists(folder_, failed)) return;
  fs::create_directories(folder_, failed);
  ::chmod(folder_.c_str(), 0700);
}

bool Cache::store(const std::string& key, const CacheEntry& entry) const {
  std::string body;
  put(body, key);
  put(body, entry.findings);
  put(body, entry.bundle);
  for (const Dependency& d : entry.dependencies) {
    put(body, d.file.string());
    put(body, d.hash);
  }
  make_folder();
  ::unlink(code_file(key).c_str());  // code objects of what stood here before
  const std::string content = std::string(kMagic) + hmac_sha256(secret_, body) + body;
  if (!write_file_atomically(entry_file(key), content, true)) return false;
  prune();
  return true;
}

// Counting needs a walk over the folder, so it happens once in sixteen writes.
void Cache::prune() const {
  const fs::path lock_file = folder_ / "lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return;
  unsigned char writes = 0;
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) {
    if (::pread(lock, &writes, 1, 0) != 1) writes = 0;
    writes = static_cast<unsigned char>((writes + 1) % 16);
    if (::pwrite(lock, &writes, 1, 0) == 1 && writes == 0) prune_now();
  }
  ::close(lock);
}

std::uint64_t Cache::prune_now() const {
  std::vector<StoredFile> files = stored_files(folder_);
  std::uint64_t bytes = 0, count = files.size(), removed = 0;
  for (const StoredFile& f : files) bytes += f.bytes;
  const bool too_much = bytes > most_bytes_ || count > kMostEntries;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24 * 30);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.used < b.used; });
  for (const StoredFile& f : files) {
    const bool enough = !too_much || (bytes <= most_bytes_ / 5 * 4 && count <= kMostEntries / 5 * 4);
    if (enough && f.used >= oldest) break;
    std::error_code failed;
    if (fs::remove(f.path, failed) && f.path.extension() == ".mlc") ++removed;
    bytes -= f.bytes;
    --count;
  }
  return removed;
}

CacheInfo Cache::info() const {
  CacheInfo info{folder_};
  for (const StoredFile& f : stored_files(folder_)) {
    if (f.path.extension() == ".mlc") ++info.entries;
    info.bytes += f.bytes;
  }
  for (const char what : read_file(folder_ / "counters").value_or(""))
    ++(what == 'h' ? info.hits : info.misses);
  return info;
}

std::uint64_t Cache::clear_module(const std::string& name) const {
  const std::string file_name = "/" + name + ".ml";
  std::uint64_t removed = 0;
  for (const StoredFile& f : stored_files(folder_)) {
    if (f.path.extension() != ".mlc") continue;
    const std::string content = read_file(f.path).value_or("");
    if (content.find(file_name) == std::string::npos) continue;
    std::error_code failed;
    if (fs::remove(f.path, failed)) ++removed;
    fs::remove(fs::path(f.path).replace_extension(".code"), failed);
  }
  return removed;
}

std::uint64_t Cache::clear() const {
  std::uint64_t removed = 0;
  ::unlink((folder_ / "counters").c_str());
  for (const StoredFile& f : stored_files(folder_)) {
    std::error_code failed;
    if (fs::remove(f.path, failed) && f.path.extension() == ".mlc") ++removed;
  }
  return removed;
}

}  // namespace ml::cli
