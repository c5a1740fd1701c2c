#include "runtime/sandbox/group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "core/base/files.h"
#include "runtime/sandbox/put.h"

namespace ml::sandbox {
namespace fs = std::filesystem;
namespace {

constexpr int kRemovals = 60;  // tries; together a fifth of a second

std::string text_of(const std::string& path) { return read_file(path).value_or(""); }

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// "\040" and alike as the characters they stand for.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Numbers of processes mean something in their namespace only.
std::string prefix() {
  struct stat info {};
  ::stat("/proc/self/ns/pid", &info);
  return fmt::format("mlpy-{}-", info.st_ino);
}

void remove_group(const std::string& folder) {
  for (int i = 0; ::rmdir(folder.c_str()) != 0 && errno == EBUSY && i < kRemovals; ++i)
    ::usleep(static_cast<useconds_t>(i * 100));
}

void sweep(const std::string& parent) {
  const std::string start = prefix();
  std::error_code failed;
  std::vector<std::string> stale;
  for (auto it = fs::directory_iterator(parent, failed); !failed && it != fs::directory_iterator();
       it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(start)) continue;
    const auto maker = static_cast<pid_t>(std::strtol(name.c_str() + start.size(), nullptr, 10));
    if (maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH) stale.push_back(it->path().string());
  }
  for (const std::string& folder : stale) {
    put((folder + "/cgroup.kill").c_str(), "1");
    remove_group(folder);
  }
}

}  // namespace

std::string group_folder(const std::string& groups, const std::string& mounts) {
  std::string line, own;
  for (std::istringstream lines(groups); std::getline(lines, line);)
    if (line.starts_with("0::/")) own = line.substr(3);
  // Above the root of a namespace: there is no way to it.
  if (own.empty() || own.starts_with("/..")) return {};
  for (std::istringstream lines(mounts); std::getline(lines, line);) {
    const std::vector<std::string> words = words_of(line);
    const auto dash = std::ranges::find(words, "-");
    if (words.size() < 6 || dash == words.end() || dash + 1 == words.end() || *(dash + 1) != "cgroup2")
      continue;
    std::string root = unescaped(words[3]);
    if (root == "/") root.clear();
    const std::string below = own == "/" ? "" : own;
    if (below.starts_with(root) && (below.size() == root.size() || below[root.size()] == '/'))
      return unescaped(words[4]) + below.substr(root.size());
  }
  return {};
}

ControlGroup::ControlGroup(bool may_move)
    : maker_(::getpid()),
      parent_(group_folder(text_of("/proc/self/cgroup"), text_of("/proc/self/mountinfo"))) {
  if (parent_.empty() || ::access(parent_.c_str(), W_OK) != 0) return;
  sweep(parent_);
  use_controllers(may_move);
  for (int i = 0;; ++i) {
    name_ = fmt::format("{}{}-{}", prefix(), maker_, i);
    if (::mkdir(file("").c_str(), 0700) == 0) break;
    if (errno != EEXIST) return;
  }
  if (exists(file("cgroup.kill"))) descriptor_ = ::open(file("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) {
    ::rmdir(file("").c_str());
    return;
  }
  memory_ = exists(file("memory.max"));
  number_ = exists(file("pids.max"));
}

ControlGroup::~ControlGroup() {
  const bool ours = ::getpid() == maker_;
  if (descriptor_ >= 0) {
    if (ours) {
      end();
      remove_group(file(""));
    }
    ::close(descriptor_);
  }
  if (moved_ && ours) {
    put((parent_ + "/cgroup.subtree_control").c_str(), "-memory -pids");
    put((parent_ + "/cgroup.procs").c_str(), "0");
    remove_group(fmt::format("{}/{}{}-host", parent_, prefix(), maker_));
  }
}

std::string ControlGroup::file(std::string_view name) const {
  return fmt::format("{}/{}/{}", parent_, name_, name);
}

void ControlGroup::use_controllers(bool may_move) {
  const std::vector<std::string> offered = words_of(text_of(parent_ + "/cgroup.controllers"));
  const std::vector<std::string> enabled = words_of(text_of(parent_ + "/cgroup.subtree_control"));
  std::string missing;
  for (const char* name : {"memory", "pids"})
    if (std::ranges::find(offered, name) != offered.end() &&
        std::ranges::find(enabled, name) == enabled.end())
      missing += fmt::format("{}+{}", missing.empty() ? "" : " ", name);
  const std::string control = parent_ + "/cgroup.subtree_control";
  if (missing.empty() || put(control.c_str(), missing) || errno != EBUSY || !may_move) return;
  if (words_of(text_of(parent_ + "/cgroup.procs")) != std::vector{std::to_string(maker_)}) return;
  const std::string aside = fmt::format("{}/{}{}-host", parent_, prefix(), maker_);
  if (::mkdir(aside.c_str(), 0700) != 0) return;
  moved_ = put((aside + "/cgroup.procs").c_str(), "0");
  if (moved_ && put(control.c_str(), missing)) return;
  if (moved_) put((parent_ + "/cgroup.procs").c_str(), "0");
  moved_ = false;
  remove_group(aside);
}

std::string ControlGroup::state() const {
  if (descriptor_ < 0) return "off";
  if (memory_ && number_) return "on";
  return memory_ ? "kill and memory" : number_ ? "kill and pids" : "kill only";
}

void ControlGroup::limit(std::uint64_t memory, unsigned tasks) {
  const auto shown = [](std::uint64_t most) { return most == 0 ? "max" : std::to_string(most); };
  if (memory_) {
    put(file("memory.max").c_str(), shown(memory));
    put(file("memory.swap.max").c_str(), memory == 0 ? "max" : "0");
    put(file("memory.oom.group").c_str(), "1");
  }
  if (number_) put(file("pids.max").c_str(), shown(tasks));
}

std::uint64_t ControlGroup::out_of_memory() const {
  const std::vector<std::string> words =
      memory_ ? words_of(text_of(file("memory.events"))) : std::vector<std::string>{};
  const auto found = std::ranges::find(words, "oom_kill");
  return found == words.end() || found + 1 == words.end() ? 0
                                                          : std::strtoull((found + 1)->c_str(), nullptr, 10);
}

bool ControlGroup::empty() const {
  return text_of(file("cgroup.events")).find("populated 0") != std::string::npos;
}

void ControlGroup::end() {
  if (descriptor_ >= 0) put(file("cgroup.kill").c_str(), "1");
}

}  // namespace ml::sandbox
