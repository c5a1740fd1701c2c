#pragma once

// When a site that is reached stops the program, and how a step ends that a site does not end: the return of
// the function (editor-protocols.md 6.4), seen by a trace function that is set only meanwhile.

#include <array>

#include "runtime/native/debugger/history.h"
#include "runtime/native/debugger/sites.h"

namespace ml::native::debugger {

enum class Step : char {
  none,
  in,    // stop at the next statement anywhere
  over,  // of the target frame, or in its caller
  out,   // in the caller of the target frame
};

class Stepping {
 public:
  Stepping(Sites& sites, PyObject* on_stop) : sites_(sites), on_stop_(Ref::borrowed(on_stop)) {}

  // At a stop, before the program goes on; the target is the frame of the stop. Null with Step::none or for a
  // pause that begins while the program runs. `modules`: Step::in also ends in what an import runs.
  void go(Step step, PyObject* target, bool modules);

  // The frame, which stands at the site of a statement, is to go on at that of another one of the same body:
  // it stops there ("goto") after the next `go`. False where this cannot be done.
  bool jump(PyObject* frame, Site& site);

  // Whether exceptions are to be reported where they come up: in the main thread from now on, in others from
  // their `trace_here`.
  void watch_exceptions(bool on);
  // In a thread that begins to run ML.
  void trace_here();

  // Whether every statement is to be reported ("watch"): a value is waited for to change.
  void watch_values(bool on);
  // How many statements to keep the variables of (0: none), in how many bytes at the most.
  void keep_values(std::size_t moments, std::size_t bytes);
  const History& history() const { return history_; }
  bool everywhere() const { return watching_ || history_.on() || step_ == Step::in || step_ == Step::over; }

  void at_site(Site& site);
  int at_event(PyFrameObject* frame, int what, PyObject* argument);

 private:
  // Calls on_stop(reason, frame, module, stop, value). When that gives True, the program is interrupted.
  int report(const char* reason, PyObject* frame, int module, int stop, PyObject* value);
  void set_trace();
  void trace_thread(bool on);
  static int install(void* self);
  static int at_audit(const char* event, PyObject* arguments, void* self);
  int tell_other(PyFrameObject* frame, int what, PyObject* argument) const;
  static int trace(PyObject* self, PyFrameObject* frame, int what, PyObject* argument);
  void returned(PyFrameObject* frame, PyObject* value);
  void wait_in(PyObject* frame);
  bool write_bridge(PyObject* frame);
  void take_bridge_down();

  Sites& sites_;
  Ref on_stop_, target_, waits_in_, value_, last_exception_;
  Ref jumping_;           // the frame that is to go on
  Site* jump_ = nullptr;  // there
  // A jump to there, over what the interpreter would run next, and what that was.
  struct Bridge {
    std::uint16_t* at = nullptr;
    std::array<std::uint16_t, 2> units{}, before{};
    std::size_t count = 0;
    bool stands = false;
  };
  Bridge bridge_;
  History history_;
  Step step_ = Step::none;
  PyThreadState* traced_thread_ = nullptr;  // only compared
  bool exceptions_ = false, traced_ = false, watching_ = false;
  bool into_modules_ = false;
  bool own_local_trace_ = false;  // of the frame that is waited in
  bool audits_ = false, installs_ = false;
};

}  // namespace ml::native::debugger
