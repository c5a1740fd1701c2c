#include "runtime/sandbox/namespaces.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "runtime/sandbox/put.h"

namespace ml::sandbox {
namespace {

struct Kind {
  const char* place;
  Apart bit;
  int flag;
};
constexpr Kind kKinds[] = {{"/proc/self/ns/user", apart_users, CLONE_NEWUSER},
                           {"/proc/self/ns/net", apart_network, CLONE_NEWNET},
                           {"/proc/self/ns/ipc", apart_ipc, CLONE_NEWIPC},
                           {"/proc/self/ns/uts", apart_names, CLONE_NEWUTS},
                           {"/proc/self/ns/mnt", apart_mounts, CLONE_NEWNS}};

std::array<ino_t, std::size(kKinds)> present() {
  std::array<ino_t, std::size(kKinds)> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    struct stat info {};
    if (::stat(kKinds[i].place, &info) == 0) numbers[i] = info.st_ino;
  }
  return numbers;
}

// The user stays who it was: files that are made belong to somebody.
void keep_user(uid_t user, gid_t group) {
  char text[64];
  std::snprintf(text, sizeof text, "%u %u 1", user, user);
  put("/proc/self/uid_map", text);
  put("/proc/self/setgroups", "deny");
  std::snprintf(text, sizeof text, "%u %u 1", group, group);
  put("/proc/self/gid_map", text);
}

// As in <linux/sched.h>, which cannot be had beside <sched.h> everywhere.
struct CloneArguments {
  alignas(8) std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
      set_tid_size, group;
};
constexpr std::uint64_t kIntoGroup = 0x200000000;

// The older call needs no permission of filters around containers.
long clone_into(unsigned long flags, int group) {
  if (group < 0) return ::syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  CloneArguments arguments{};
  arguments.flags = flags | kIntoGroup;
  arguments.exit_signal = SIGCHLD;
  arguments.group = static_cast<std::uint64_t>(group);
  return ::syscall(SYS_clone3, &arguments, sizeof arguments);
}

bool mount_folder(const char* folder, std::uint64_t size) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  char options[64];
  std::snprintf(options, sizeof options, "mode=700,size=%llu", static_cast<unsigned long long>(size));
  if (::mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) != 0) return false;
  struct statfs info {};
  return ::statfs(folder, &info) == 0 && info.f_type == TMPFS_MAGIC &&
         (size == 0 || static_cast<std::uint64_t>(info.f_blocks) * static_cast<std::uint64_t>(info.f_bsize) <
                           size + static_cast<std::uint64_t>(info.f_bsize));
}

}  // namespace

pid_t fork_apart(unsigned wanted, int group, bool& apart) {
  const uid_t user = ::geteuid();
  const gid_t user_group = ::getegid();
  const unsigned long flags = (wanted & apart_processes) == 0 ? 0
                              : (wanted & apart_users) == 0   ? CLONE_NEWPID
                                                              : CLONE_NEWPID | CLONE_NEWUSER;
  long child = clone_into(flags, group);
  if (child < 0 && group >= 0) child = clone_into(flags, -1);
  apart = child >= 0 && flags != 0;
  if (child < 0 && flags != 0) {
    child = clone_into(0, group);
    if (child < 0 && group >= 0) child = clone_into(0, -1);
  }
  if (child == 0 && apart && (flags & CLONE_NEWUSER) != 0) keep_user(user, user_group);
  return static_cast<pid_t>(child);
}

void drop_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  ::syscall(SYS_capset, &head, none);
}

unsigned enter_namespaces(unsigned wanted, const char* folder, std::uint64_t size) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const auto before = present();
  int flags = 0;
  for (const Kind& kind : kKinds)
    if ((wanted & kind.bit) != 0) flags |= kind.flag;
  const bool first =
      ::getpid() == 1;  // fork_apart: has a user namespace, and, unless it lost it by exec, may
  const int others = flags & ~CLONE_NEWUSER;
  if (first && ::unshare(others) == 0) {
  } else if ((flags & CLONE_NEWUSER) != 0 && ::unshare(flags) == 0) {
    // The files about a process that gives no dumps belong to nobody it could be now.
    const int dumpable = ::prctl(PR_GET_DUMPABLE);
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    keep_user(user, group);
    ::prctl(PR_SET_DUMPABLE, dumpable == 1 ? 1 : 0, 0, 0, 0);
  } else {
    ::unshare(others);  // the administrator may where users may not
  }
  const auto after = present();
  unsigned bits = first ? apart_processes | apart_users : 0u;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != after[i]) bits |= kKinds[i].bit;
  if (folder && (bits & apart_mounts) != 0 && !mount_folder(folder, size)) bits &= ~unsigned{apart_mounts};
  return bits;
}

}  // namespace ml::sandbox
