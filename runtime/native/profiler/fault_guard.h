#pragma once

#include <setjmp.h>

namespace ml::native::profiler {

// Catches SIGSEGV and SIGBUS raised by an instruction while a `guarded` call runs in the same thread; all
// others, and those that a process sent, go to the handler that was there before. Process-wide: at most one
// at a time.
class FaultGuard {
 public:
  // Installs the handlers. False if the system refuses.
  bool install();
  void remove();
  bool installed() const { return installed_; }

  // Runs `walk`; false if it touched memory that is not there. `walk` must own nothing that needs a
  // destructor.
  template <class Walk>
  static bool guarded(Walk&& walk) {
    if (sigsetjmp(state().back, 0) != 0) {
      state().armed = 0;
      return false;
    }
    state().armed = 1;
    walk();
    state().armed = 0;
    return true;
  }

  struct State {
    sigjmp_buf back;
    volatile int armed;
  };
  static State& state();

 private:
  bool installed_ = false;
};

}  // namespace ml::native::profiler
