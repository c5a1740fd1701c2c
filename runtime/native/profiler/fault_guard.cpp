#include "runtime/native/profiler/fault_guard.h"

#include <signal.h>

namespace ml::native::profiler {
namespace {

// initial-exec: reading it must not allocate, also in a library loaded late.
__attribute__((tls_model("initial-exec"))) thread_local FaultGuard::State guard_state;
struct sigaction old_segv, old_bus;

void on_fault(int signal, siginfo_t* info, void* context) {
  const bool sent = info->si_code <= 0;  // by a process, not by an instruction
  if (!sent && guard_state.armed != 0) siglongjmp(guard_state.back, 1);
  const struct sigaction& old = signal == SIGBUS ? old_bus : old_segv;
  if (sent && old.sa_handler != SIG_DFL) {  // the program may live on, and its guarded calls with it
    if ((old.sa_flags & SA_SIGINFO) != 0) return old.sa_sigaction(signal, info, context);
    if (old.sa_handler != SIG_IGN) old.sa_handler(signal);
    return;
  }
  sigaction(signal, &old, nullptr);  // the faulting instruction runs again
  if (sent) raise(signal);
}

}  // namespace

FaultGuard::State& FaultGuard::state() { return guard_state; }

bool FaultGuard::install() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;  // left by a jump: must not stay blocked
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGSEGV, &action, &old_segv) != 0) return false;
  if (sigaction(SIGBUS, &action, &old_bus) != 0) {
    sigaction(SIGSEGV, &old_segv, nullptr);
    return false;
  }
  installed_ = true;
  return true;
}

void FaultGuard::remove() {
  if (!installed_) return;
  const auto restore = [](int signal, const struct sigaction& old) {
    struct sigaction now = {};
    sigaction(signal, nullptr, &now);
    if (now.sa_sigaction == on_fault) sigaction(signal, &old, nullptr);
  };
  restore(SIGSEGV, old_segv);
  restore(SIGBUS, old_bus);
  installed_ = false;
}

}  // namespace ml::native::profiler
