#include "runtime/native/debugger/stepping.h"

#include <frameobject.h>
#include <opcode.h>

#include <cstring>
#include <utility>

#include "runtime/native/kinds.h"
#include "runtime/native/profiler/frames.h"

namespace ml::native::debugger {
namespace {

bool is_ml(PyFrameObject* frame) {
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  return (reinterpret_cast<PyCodeObject*>(code.get())->co_flags & kMlCode) != 0;
}

// Later interpreters tell of an error that leaves a function as of a return of None.
[[maybe_unused]] bool returns(PyFrameObject* frame) {
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame))),
      bytes(PyCode_GetCode(reinterpret_cast<PyCodeObject*>(code.get())));
  const int at = PyFrame_GetLasti(frame);
  if (!bytes || at < 0 || at >= PyBytes_GET_SIZE(bytes.get())) {
    PyErr_Clear();
    return true;
  }
  switch (static_cast<unsigned char>(PyBytes_AS_STRING(bytes.get())[at])) {
    case RETURN_VALUE:
    case RETURN_GENERATOR:
    case YIELD_VALUE:
#if PY_VERSION_HEX >= 0x030c0000
    case RETURN_CONST:
#endif
      return true;
    default: return false;
  }
}

// Whether this thread is in `report`: what it evaluates meanwhile stops nowhere.
thread_local bool reporting = false;

// The trace function of this thread that stood there before ours, of another tool such as one for coverage:
// it gets its events from ours meanwhile.
struct Tool {
  Py_tracefunc function = nullptr;
  PyObject* object = nullptr;  // strong
};
thread_local Tool other;

PyFrameObject* as_frame(PyObject* object) { return reinterpret_cast<PyFrameObject*>(object); }

}  // namespace

void Stepping::go(Step step, PyObject* target, bool modules) {
  step_ = step;
  into_modules_ = modules;
  target_ = Ref::borrowed(target == Py_None ? nullptr : target);
  wait_in(nullptr);
  value_ = Ref();
  sites_.arm_all(everywhere());
  // A pause is asked for by a thread that is none of the program's.
  if (target_ || step_ != Step::in) set_trace();
}

// The interpreter has begun the last instruction of a site. The one behind it is written over only when it is
// the next to run (write_bridge), so nobody else comes across it.
bool Stepping::jump(PyObject* frame, Site& to) {
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(as_frame(frame))));
  const int last = PyFrame_GetLasti(as_frame(frame));
  if (code.get() != to.code || to.offset < 0 || last < 0) return false;
  auto* units = reinterpret_cast<std::uint16_t*>(reinterpret_cast<PyCodeObject*>(to.code)->co_code_adaptive);
  const int from = last / 2 + 1;
  Bridge bridge{.at = units + from};
  for (const int count : {1, 2}) {
    const int forward = to.offset - (from + count), distance = forward < 0 ? -forward : forward;
    if (from == to.offset) break;
    if (count == 1 && distance > 0xFF) continue;
    if (distance > 0xFFFF || from + count > Py_SIZE(code.get())) return false;
    if (count == 2)
      bridge.units[bridge.count++] = static_cast<std::uint16_t>(EXTENDED_ARG | (distance & 0xFF00));
    const int opcode = forward < 0 ? JUMP_BACKWARD_NO_INTERRUPT : JUMP_FORWARD;
    bridge.units[bridge.count++] = static_cast<std::uint16_t>(opcode | (distance & 0xFF) << 8);
    break;
  }
  bridge_ = bridge;
  jumping_ = Ref::borrowed(frame);
  jump_ = &to;
  return true;
}

// Whether the frame jumps. Nothing may run between this and the interpreter's next instruction.
bool Stepping::write_bridge(PyObject* frame) {
  if (jump_ == nullptr || jumping_.get() != frame) return false;
  Sites::arm(*jump_, true);
  for (std::size_t i = 0; i < bridge_.count; ++i)
    bridge_.before[i] = std::exchange(bridge_.at[i], bridge_.units[i]);
  return bridge_.stands = true;
}

void Stepping::take_bridge_down() {
  for (std::size_t i = 0; i < bridge_.count; ++i) bridge_.at[i] = bridge_.before[i];
  Sites::arm(*jump_, jump_->breakpoint || everywhere());
  bridge_.stands = false;
  jump_ = nullptr;
  jumping_ = Ref();
}

void Stepping::watch_values(bool on) {
  watching_ = on;
  sites_.arm_all(everywhere());
}

void Stepping::keep_values(std::size_t moments, std::size_t bytes) {
  history_.keep(moments, bytes);
  sites_.arm_all(everywhere());
}

void Stepping::watch_exceptions(bool on) {
  exceptions_ = on;
  if (on && !std::exchange(audits_, true) && PySys_AddAuditHook(at_audit, this) < 0) PyErr_Clear();
  Py_AddPendingCall(install, this);
}

// Another tool puts its trace function where ours is: ours comes again, around it.
int Stepping::at_audit(const char* event, PyObject*, void* object) {
  auto* self = static_cast<Stepping*>(object);
  if (self->exceptions_ && !self->installs_ && std::strcmp(event, "sys.settrace") == 0)
    Py_AddPendingCall(install, self);
  return 0;
}

int Stepping::install(void* self) {
  static_cast<Stepping*>(self)->set_trace();
  return 0;
}

// Only while somebody needs its events: it makes everything three times slower.
void Stepping::set_trace() {
  const bool wanted = exceptions_ || (step_ != Step::none && target_) || waits_in_;
  PyThreadState* thread = PyThreadState_Get();
  if (wanted && thread->c_tracefunc != trace) traced_ = false;
  if (wanted == traced_ && (!wanted || thread == traced_thread_)) return;
  traced_ = wanted;
  traced_thread_ = thread;
  trace_thread(wanted);
}

void Stepping::trace_thread(bool on) {
  const PyThreadState* thread = PyThreadState_Get();
  const bool ours = thread->c_tracefunc == trace;
  if (on && !ours) {
    Py_XDECREF(other.object);
    other = {thread->c_tracefunc, Py_XNewRef(thread->c_traceobj)};
  }
  if (!on && !ours) return;  // that is another tool's
  const Tool back = on ? Tool() : std::exchange(other, Tool());
  const Ref self(on ? PyCapsule_New(this, nullptr, nullptr) : nullptr);
  installs_ = true;
  PyEval_SetTrace(on ? trace : back.function, on ? self.get() : back.object);
  installs_ = false;
  Py_XDECREF(back.object);
}

void Stepping::trace_here() {
  if (exceptions_) trace_thread(true);
}

int Stepping::trace(PyObject* self, PyFrameObject* frame, int what, PyObject* argument) {
  auto* stepping = static_cast<Stepping*>(PyCapsule_GetPointer(self, nullptr));
  if (!reporting && stepping->tell_other(frame, what, argument) < 0) return -1;
  return stepping->at_event(frame, what, argument);
}

int Stepping::tell_other(PyFrameObject* frame, int what, PyObject* argument) const {
  // What the frame is only asked to tell us, with what only looks like a function of the other's.
  const bool waited = reinterpret_cast<PyObject*>(frame) == waits_in_.get();
  if (other.function == nullptr || (waited && (own_local_trace_ || what == PyTrace_OPCODE))) return 0;
  return other.function(other.object, frame, what, argument);
}

void Stepping::wait_in(PyObject* frame) {
  if (waits_in_ && PyObject_SetAttrString(waits_in_.get(), "f_trace_opcodes", Py_False) < 0) PyErr_Clear();
  if (std::exchange(own_local_trace_, false) &&
      PyObject_SetAttrString(waits_in_.get(), "f_trace", Py_None) < 0)
    PyErr_Clear();
  waits_in_ = Ref::borrowed(frame);
  if (frame == nullptr) return;
  if (PyObject_SetAttrString(frame, "f_trace_opcodes", Py_True) < 0) PyErr_Clear();
#if PY_VERSION_HEX >= 0x030d0000
  // Looked at when the frame gets a trace function, which nobody calls while ours is set.
  const Ref own(PyObject_GetAttrString(frame, "f_trace"));
  own_local_trace_ = own.get() == Py_None;
  if (!own || PyObject_SetAttrString(frame, "f_trace", own_local_trace_ ? Py_True : own.get()) < 0)
    PyErr_Clear();
#elif PY_VERSION_HEX >= 0x030c0000
  traced_ = false;  // looked at when tracing begins
  set_trace();
#endif
}

int Stepping::report(const char* reason, PyObject* frame, int module, int stop, PyObject* value) {
  reporting = true;
  const Ref held(Ref::borrowed(frame)),
      result(PyObject_CallFunction(on_stop_.get(), "sOiiO", reason, frame, module, stop,
                                   value == nullptr ? Py_None : value));
  reporting = false;
  const bool interrupted = !result && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
  if (interrupted) PyErr_Clear();  // it was meant for the program, which is where it comes up again
  if (interrupted || result.get() == Py_True) PyErr_SetInterrupt();
  return result || interrupted ? 0 : -1;
}

void Stepping::at_site(Site& site) {
  if (reporting) return;
  PyThreadState* thread = PyThreadState_Get();
  const bool arrived = bridge_.stands && &site == jump_;
  if (arrived) take_bridge_down();
  if (history_.on()) {
    reporting = true;  // while what is not kept any more is released
    history_.add(site, thread);
    reporting = false;
  }
  int due = site.breakpoint ? 1 : 0;  // -1: perhaps
  if (site.breakpoint && site.condition) {
    reporting = true;
    due = evaluate(site.condition, thread);
    reporting = false;
  }
  if (!arrived && step_ == Step::none && !watching_ && due == 0) return;
  const Ref frame(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(thread)));
  if (!frame) return;
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(as_frame(frame.get()))));
  if (code.get() != site.code) return;  // somebody looks at the constants of the code
  const char* reason = arrived ? "goto" : nullptr;
  if (step_ == Step::in) {
    // Modules that are imported run by themselves.
    if (into_modules_ || !site.top_level || !target_ || frame.get() == target_.get() || site.module == 0)
      reason = "step";
  } else if (step_ == Step::over && frame.get() == target_.get()) {
    reason = "step";
  }
  if (due != 0 && !arrived) reason = reason == nullptr ? "breakpoint" : "step breakpoint";
  if (reason == nullptr && watching_) reason = "watch";
  if (reason == nullptr) return;
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  // Where this is called from cannot raise: what the agent wants raised it leaves pending.
  if (report(reason, frame.get(), site.module, site.stop, nullptr) < 0) PyErr_WriteUnraisable(site.code);
  PyErr_Restore(type, value, trace);
  write_bridge(frame.get());
}

void Stepping::returned(PyFrameObject* frame, PyObject* value) {
  Ref caller(reinterpret_cast<PyObject*>(PyFrame_GetBack(frame)));
  while (caller && !is_ml(as_frame(caller.get())))
    caller = Ref(reinterpret_cast<PyObject*>(PyFrame_GetBack(as_frame(caller.get()))));
  if (value == nullptr) {  // an error goes up: whoever handles it is stopped at
    step_ = Step::over;
    target_ = std::move(caller);
    sites_.arm_all(true);
    return;
  }
  if (!caller) {
    step_ = Step::none;
    target_ = Ref();
    return;
  }
  value_ = Ref::borrowed(value);
  wait_in(caller.get());
  // Whatever comes first: the rest of the caller's statement, or its next one. A function of the library may
  // call others before it returns: those are what Step::in enters.
  if (step_ != Step::in) {
    step_ = Step::over;
    target_ = std::move(caller);
  }
  sites_.arm_all(true);
}

int Stepping::at_event(PyFrameObject* frame, int what, PyObject* argument) {
  if (!exceptions_ && PyThreadState_Get() != traced_thread_) {  // the next step began in another thread
    trace_thread(false);
    return 0;
  }
  if (reporting) return 0;
  auto* object = reinterpret_cast<PyObject*>(frame);
  if (what == PyTrace_RETURN && step_ != Step::none && object == target_.get()) {
    if (PY_VERSION_HEX >= 0x030c0000 && argument == Py_None && !returns(frame)) argument = nullptr;
    returned(frame, argument);
  } else if (what == PyTrace_OPCODE && object == waits_in_.get()) {
    wait_in(nullptr);
    const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame))), value(value_.release());
    if (sites_.begins(code.get(), PyFrame_GetLasti(frame) / 2)) return 0;  // it stops there
    return report("step", object, -1, -1, value.get());
  } else if (what == PyTrace_EXCEPTION && exceptions_ && is_ml(frame)) {
    PyObject* error = PyTuple_GET_ITEM(argument, 1);
    const Ref trace(Ref::borrowed(PyTuple_GET_ITEM(argument, 2)));
    if (PyErr_GivenExceptionMatches(PyTuple_GET_ITEM(argument, 0), PyExc_StopIteration) ||
        PyErr_GivenExceptionMatches(PyTuple_GET_ITEM(argument, 0), PyExc_GeneratorExit))
      return 0;
    if (error == last_exception_.get()) return 0;
    last_exception_ = Ref::borrowed(error);
    return report("exception", object, -1, -1, error);
  }
  return 0;
}

}  // namespace ml::native::debugger
