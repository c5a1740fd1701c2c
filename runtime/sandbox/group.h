#pragma once

// The control group (version 2) of one run (security.md 5.1, 5.2): all its processes are in it, end together,
// and share limits of memory and number. A wall beside the others: where the kernel does not let this user
// make groups there is none, and where it keeps its controllers from them they only end together.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace ml::sandbox {

class ControlGroup {
 public:
  // Makes a group below that of this process, and removes those that killed commands left there. Controllers
  // can be had only where the group of this process has no process itself; with `may_move` this process, if
  // it is the only one there, lives in a group beside the new one meanwhile.
  explicit ControlGroup(bool may_move);
  // Ends what is still in it and removes it; not in a forked copy of the process that made it.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  int descriptor() const { return descriptor_; }  // of its folder, to be born into; -1: there is no group
  const std::string& name() const { return name_; }
  // As reports say it: "on" (ends, memory and number), "kill only", "kill and memory", "kill and pids",
  // "off".
  std::string state() const;

  // Bytes of all its processes (0: any), without swap; processes and threads (0: any). What it has no
  // controller for has no effect.
  void limit(std::uint64_t memory, unsigned tasks);
  // Grows whenever its processes are ended because there is no memory.
  std::uint64_t out_of_memory() const;
  bool empty() const;
  // Kills all that are in it, for good: newer kernels (6.14) kill what is born into it later, too.
  void end();

 private:
  void use_controllers(bool may_move);
  std::string file(std::string_view name) const;  // a file of its folder; "": the folder

  pid_t maker_;
  std::string parent_, name_;
  int descriptor_ = -1;
  bool memory_ = false, number_ = false, moved_ = false;
};

// The folder of the group that a process with this /proc/self/cgroup and /proc/self/mountinfo is in; empty
// when there is none that can be reached.
std::string group_folder(const std::string& groups, const std::string& mounts);

}  // namespace ml::sandbox
