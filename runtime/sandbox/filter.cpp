#include "runtime/sandbox/filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

namespace ml::sandbox {
namespace {

// Numbers, not names: looking names up costs more than everything else here. -1 (negative): not on this
// machine.
constexpr int kPlain[] = {SCMP_SYS(read),
                          SCMP_SYS(write),
                          SCMP_SYS(readv),
                          SCMP_SYS(writev),
                          SCMP_SYS(pread64),
                          SCMP_SYS(pwrite64),
                          SCMP_SYS(lseek),
                          SCMP_SYS(close),
                          SCMP_SYS(fstat),
                          SCMP_SYS(getdents64),
                          SCMP_SYS(ftruncate),
                          SCMP_SYS(fsync),
                          SCMP_SYS(fdatasync),
                          SCMP_SYS(copy_file_range),
                          SCMP_SYS(fadvise64),
                          SCMP_SYS(dup),
                          SCMP_SYS(dup2),
                          SCMP_SYS(dup3),
                          SCMP_SYS(pipe2),
                          SCMP_SYS(munmap),
                          SCMP_SYS(mremap),
                          SCMP_SYS(madvise),
                          SCMP_SYS(brk),
                          SCMP_SYS(futex),
                          SCMP_SYS(sched_yield),
                          SCMP_SYS(sched_getaffinity),
                          SCMP_SYS(clock_gettime),
                          SCMP_SYS(clock_getres),
                          SCMP_SYS(clock_nanosleep),
                          SCMP_SYS(nanosleep),
                          SCMP_SYS(gettimeofday),
                          SCMP_SYS(time),
                          SCMP_SYS(getrandom),
                          SCMP_SYS(poll),
                          SCMP_SYS(ppoll),
                          SCMP_SYS(select),
                          SCMP_SYS(pselect6),
                          SCMP_SYS(epoll_create1),
                          SCMP_SYS(epoll_ctl),
                          SCMP_SYS(epoll_wait),
                          SCMP_SYS(epoll_pwait),
                          SCMP_SYS(rt_sigaction),
                          SCMP_SYS(rt_sigprocmask),
                          SCMP_SYS(rt_sigreturn),
                          SCMP_SYS(rt_sigpending),
                          SCMP_SYS(rt_sigtimedwait),
                          SCMP_SYS(rt_sigsuspend),
                          SCMP_SYS(sigaltstack),
                          SCMP_SYS(restart_syscall),
                          SCMP_SYS(getpid),
                          SCMP_SYS(gettid),
                          SCMP_SYS(getppid),
                          SCMP_SYS(getuid),
                          SCMP_SYS(geteuid),
                          SCMP_SYS(getgid),
                          SCMP_SYS(getegid),
                          SCMP_SYS(getpgrp),
                          SCMP_SYS(getsid),
                          SCMP_SYS(getgroups),
                          SCMP_SYS(getrusage),
                          SCMP_SYS(times),
                          SCMP_SYS(sysinfo),
                          SCMP_SYS(uname),
                          SCMP_SYS(set_robust_list),
                          SCMP_SYS(rseq),
                          SCMP_SYS(membarrier),
                          SCMP_SYS(getitimer),
                          SCMP_SYS(setitimer),
                          SCMP_SYS(timer_create),
                          SCMP_SYS(timer_settime),
                          SCMP_SYS(timer_gettime),
                          SCMP_SYS(timer_getoverrun),
                          SCMP_SYS(timer_delete),
                          SCMP_SYS(exit),
                          SCMP_SYS(exit_group),
                          SCMP_SYS(getcwd)};

// Which files, Landlock says.
constexpr int kPaths[] = {SCMP_SYS(openat),     SCMP_SYS(open),      SCMP_SYS(newfstatat), SCMP_SYS(stat),
                          SCMP_SYS(lstat),      SCMP_SYS(statx),     SCMP_SYS(readlinkat), SCMP_SYS(readlink),
                          SCMP_SYS(faccessat2), SCMP_SYS(faccessat), SCMP_SYS(access),     SCMP_SYS(unlinkat),
                          SCMP_SYS(unlink),     SCMP_SYS(rmdir),     SCMP_SYS(mkdirat),    SCMP_SYS(mkdir),
                          SCMP_SYS(renameat2),  SCMP_SYS(renameat),  SCMP_SYS(rename)};

constexpr int kDeadly[] = {SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(kexec_load),
                           SCMP_SYS(kexec_file_load),
                           SCMP_SYS(init_module),
                           SCMP_SYS(finit_module),
                           SCMP_SYS(delete_module),
                           SCMP_SYS(bpf),
                           SCMP_SYS(mount),
                           SCMP_SYS(umount2),
                           SCMP_SYS(move_mount),
                           SCMP_SYS(open_tree),
                           SCMP_SYS(fsopen),
                           SCMP_SYS(fsmount),
                           SCMP_SYS(fsconfig),
                           SCMP_SYS(fspick),
                           SCMP_SYS(mount_setattr),
                           SCMP_SYS(setns),
                           SCMP_SYS(unshare),
                           SCMP_SYS(pivot_root),
                           SCMP_SYS(chroot),
                           SCMP_SYS(add_key),
                           SCMP_SYS(request_key),
                           SCMP_SYS(keyctl),
                           SCMP_SYS(userfaultfd),
                           SCMP_SYS(perf_event_open),
                           SCMP_SYS(io_uring_setup),
                           SCMP_SYS(io_uring_enter),
                           SCMP_SYS(io_uring_register),
                           SCMP_SYS(open_by_handle_at)};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release) {
    good_ = context_ != nullptr;
    if (good_) good_ = seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0;
    // A binary search: calls come at the rate of every read and write of a program.
    if (good_) seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }
  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    // An unknown call of this architecture needs no rule: it is not on the list.
    if (call < 0 || !good_) return;
    const scmp_arg_cmp list[sizeof...(conditions) + 1] = {conditions...};
    good_ = seccomp_rule_add_array(context_.get(), action, call, sizeof...(conditions), list) == 0;
  }
  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    add(SCMP_ACT_ALLOW, call, conditions...);
  }
  std::string bytes() const {
    std::string program;
    const int file = good_ ? ::memfd_create("filter", MFD_CLOEXEC) : -1;
    if (file < 0) return program;
    if (seccomp_export_bpf(context_.get(), file) == 0) {
      program.resize(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)));
      if (::pread(file, program.data(), program.size(), 0) != static_cast<ssize_t>(program.size()))
        program.clear();
    }
    ::close(file);
    return program;
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  bool good_;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffffu, value & 0xffffffffu};
}
scmp_arg_cmp without(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}
scmp_arg_cmp with(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

}  // namespace

std::string make_filter(const FilterOptions& options) {
  Filter filter;
  for (const int call : kPlain) filter.allow(call);
  if (options.paths)
    for (const int call : kPaths) filter.allow(call);
  else  // how the C library asks about an open descriptor
    filter.allow(SCMP_SYS(newfstatat), equals(3, AT_EMPTY_PATH));
  for (const int call : kDeadly) filter.add(SCMP_ACT_KILL_PROCESS, call);

  filter.allow(SCMP_SYS(mmap), without(2, PROT_EXEC));
  filter.allow(SCMP_SYS(mprotect), without(2, PROT_EXEC));
  for (const unsigned command :
       {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETLK, F_SETLK, F_SETLKW})
    filter.allow(SCMP_SYS(fcntl), equals(1, command));
  for (const unsigned long request :
       {static_cast<unsigned long>(FIONREAD), static_cast<unsigned long>(FIOCLEX),
        static_cast<unsigned long>(TCGETS)})
    filter.allow(SCMP_SYS(ioctl), equals(1, request));
  filter.allow(SCMP_SYS(prlimit64), scmp_arg_cmp{2, SCMP_CMP_EQ, 0, 0});
  filter.allow(SCMP_SYS(getrlimit));
  filter.allow(SCMP_SYS(prctl), equals(0, PR_SET_NAME));
  filter.allow(SCMP_SYS(tgkill), equals(0, static_cast<std::uint64_t>(options.process)));
  // The C library falls back to `clone`, whose flags can be looked at.
  filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  if (options.threads) filter.allow(SCMP_SYS(clone), with(0, CLONE_THREAD));
  return filter.bytes();
}

}  // namespace ml::sandbox
