#include "runtime/sandbox/seal.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ml::sandbox {
namespace {

// linux/landlock.h of the oldest system we build on does not know these.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint64_t kRightsOfAbi1 = (1u << 13) - 1;
struct RulesetAttributes {
  std::uint64_t handled_fs, handled_net, scoped;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

std::uint64_t handled_rights(int abi) {
  std::uint64_t rights = kRightsOfAbi1;
  if (abi >= 2) rights |= right::refer;
  if (abi >= 3) rights |= right::truncate;
  if (abi >= 5) rights |= 1u << 15;  // device ioctl
  return rights;
}

int add_rule(int ruleset, const PathRule& rule, std::uint64_t handled) {
  const int file = ::open(rule.path, O_PATH | O_CLOEXEC);
  if (file < 0) return 0;
  struct stat info {};
  const bool known = ::fstat(file, &info) == 0;
  PathBeneath beneath{rule.rights & handled, file};
  if (known && !S_ISDIR(info.st_mode)) beneath.allowed &= right::of_files;
  int failed = 0;
  if (known && beneath.allowed != 0 && ::syscall(kAddRule, ruleset, 1, &beneath, 0) != 0) failed = errno;
  ::close(file);
  return failed;
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(kCreateRuleset, nullptr, 0, 1);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

int forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM;
}

int restrict_paths(std::span<const PathRule> rules) {
  const int abi = landlock_abi();
  if (abi == 0) return ENOSYS;
  RulesetAttributes attributes{handled_rights(abi), abi >= 4 ? 3u : 0u, abi >= 6 ? 3u : 0u};
  const std::size_t size = abi >= 6 ? sizeof attributes : abi >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(::syscall(kCreateRuleset, &attributes, size, 0));
  if (ruleset < 0) return errno;
  int failed = 0;
  for (const PathRule& rule : rules)
    if (failed == 0) failed = add_rule(ruleset, rule, attributes.handled_fs);
  if (failed == 0 && ::syscall(kRestrictSelf, ruleset, 0) != 0) failed = errno;
  ::close(ruleset);
  return failed;
}

int install_filter(std::span<const std::byte> program) {
  sock_fprog code{};
  code.len = static_cast<unsigned short>(program.size() / sizeof(sock_filter));
  code.filter = const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(program.data()));
  if (code.len == 0) return EINVAL;
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code);
  return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

unsigned self_test(bool files) {
  unsigned leaks = 0;
  if (files) {
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root >= 0) leaks |= leak_files, ::close(root);
  }
  const int connection = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (connection >= 0) leaks |= leak_sockets, ::close(connection);
  const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) ::_exit(0);
  if (child > 0) leaks |= leak_processes, ::waitpid(static_cast<pid_t>(child), nullptr, 0);
  // A parent outside of the process namespace has no number: then anybody.
  const pid_t parent = ::getppid();
  if (::kill(parent > 0 ? parent : -1, 0) == 0) leaks |= leak_signals;
  return leaks;
}

bool die_with_parent(int parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return false;
  const pid_t now = ::getppid();
  return now == parent || (now == 0 && ::getpid() == 1);
}

void forbid_dumps() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

void close_descriptors(std::span<const int> kept) {
  unsigned from = 3;
  while (true) {
    unsigned next = ~0u;  // the lowest kept one from here on
    for (const int fd : kept)
      if (fd >= static_cast<int>(from)) next = std::min(next, static_cast<unsigned>(fd));
    if (next > from) ::syscall(SYS_close_range, from, next == ~0u ? next : next - 1, 0);
    if (next == ~0u) return;
    from = next + 1;
  }
}

}  // namespace ml::sandbox
