#include "runtime/native/debugger/stepping.h"

#include <frameobject.h>
#include <opcode.h>

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

PyFrameObject* as_frame(PyObject* object) { return reinterpret_cast<PyFrameObject*>(object); }

}  // namespace

void Stepping::go(Step step, PyObject* target) {
  step_ = step;
  target_ = Ref::borrowed(target == Py_None ? nullptr : target);
  wait_in(jump_ != nullptr ? jumping_.get() : nullptr);
  value_ = Ref();
  sites_.arm_all(everywhere());
  // A pause is asked for by a thread that is none of the program's.
  if (target_ || step_ != Step::in) set_trace();
}

bool Stepping::jump(PyObject* frame, Site& site) {
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(as_frame(frame))));
  if (code.get() != site.code || site.unit == nullptr) return false;
  jumping_ = Ref::borrowed(frame);
  jump_ = &site;
  return true;
}

// The interpreter is before an instruction of the frame that jumps, with the stack of a statement's begin.
int Stepping::arrive(PyObject* frame) {
  int result = 0;
  while (result == 0 && jump_ != nullptr && jumping_.get() == frame) {
    const Site& to = *std::exchange(jump_, nullptr);
    jumping_ = Ref();
#if PY_VERSION_HEX < 0x030c0000
    as_frame(frame)->f_frame->prev_instr = to.unit + to.units;
#endif
    result = report("goto", frame, to.module, to.stop, nullptr);
  }
  return result;
}

void Stepping::watch_values(bool on) {
  watching_ = on;
  sites_.arm_all(everywhere());
}

void Stepping::keep_values(std::size_t moments) {
  history_.keep(moments);
  sites_.arm_all(everywhere());
}

void Stepping::watch_exceptions(bool on) {
  exceptions_ = on;
  Py_AddPendingCall(install, this);
}

int Stepping::install(void* self) {
  static_cast<Stepping*>(self)->set_trace();
  return 0;
}

// Only while somebody needs its events: it makes everything three times slower.
void Stepping::set_trace() {
  const bool wanted = exceptions_ || (step_ != Step::none && target_) || waits_in_;
  PyThreadState* thread = PyThreadState_Get();
  if (wanted == traced_ && (!wanted || thread == traced_thread_)) return;
  traced_ = wanted;
  traced_thread_ = thread;
  const Ref self(wanted ? PyCapsule_New(this, nullptr, nullptr) : nullptr);
  PyEval_SetTrace(wanted ? trace : nullptr, self.get());
}

void Stepping::trace_here() {
  if (!exceptions_) return;
  const Ref self(PyCapsule_New(this, nullptr, nullptr));
  PyEval_SetTrace(trace, self.get());
}

int Stepping::trace(PyObject* self, PyFrameObject* frame, int what, PyObject* argument) {
  return static_cast<Stepping*>(PyCapsule_GetPointer(self, nullptr))->at_event(frame, what, argument);
}

void Stepping::wait_in(PyObject* frame) {
  if (waits_in_ && PyObject_SetAttrString(waits_in_.get(), "f_trace_opcodes", Py_False) < 0) PyErr_Clear();
  waits_in_ = Ref::borrowed(frame);
  if (frame == nullptr) return;
  if (PyObject_SetAttrString(frame, "f_trace_opcodes", Py_True) < 0) PyErr_Clear();
#if PY_VERSION_HEX >= 0x030d0000
  // Looked at when the frame gets a trace function, which nobody calls while ours is set.
  const Ref own(PyObject_GetAttrString(frame, "f_trace"));
  if (!own || PyObject_SetAttrString(frame, "f_trace", own.get() == Py_None ? Py_True : own.get()) < 0)
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
  if (history_.on()) {
    reporting = true;  // while what is not kept any more is released
    history_.add(site, thread);
    reporting = false;
  }
  if (step_ == Step::none && !watching_ &&
      (!site.breakpoint || (site.has_condition && evaluate(site.condition, thread) == 0)))
    return;
  const Ref frame(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(thread)));
  if (!frame) return;
  const Ref code(reinterpret_cast<PyObject*>(PyFrame_GetCode(as_frame(frame.get()))));
  if (code.get() != site.code) return;  // somebody looks at the constants of the code
  const char* reason = nullptr;
  if (step_ == Step::in) {
    // Modules that are imported run by themselves.
    if (!site.top_level || !target_ || frame.get() == target_.get() || site.module == 0) reason = "step";
  } else if (step_ == Step::over && frame.get() == target_.get()) {
    reason = "step";
  }
  if (site.breakpoint) {
    const int holds = site.has_condition ? evaluate(site.condition, thread) : 1;
    if (holds != 0) reason = reason == nullptr ? "breakpoint" : "step breakpoint";
  }
  if (reason == nullptr && watching_) reason = "watch";
  if (reason == nullptr) return;
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  // Where this is called from cannot raise: what the agent wants raised it leaves pending.
  if (report(reason, frame.get(), site.module, site.stop, nullptr) < 0) PyErr_WriteUnraisable(site.code);
  PyErr_Restore(type, value, trace);
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
  step_ = Step::none;
  sites_.arm_all(everywhere());
  wait_in(caller.get());
}

int Stepping::at_event(PyFrameObject* frame, int what, PyObject* argument) {
  if (!exceptions_ && PyThreadState_Get() != traced_thread_) {  // the next step began in another thread
    PyEval_SetTrace(nullptr, nullptr);
    return 0;
  }
  if (reporting) return 0;
  auto* object = reinterpret_cast<PyObject*>(frame);
  if (what == PyTrace_RETURN && step_ != Step::none && object == target_.get()) {
    if (PY_VERSION_HEX >= 0x030c0000 && argument == Py_None && !returns(frame)) argument = nullptr;
    returned(frame, argument);
  } else if (what == PyTrace_OPCODE && object == waits_in_.get()) {
    wait_in(nullptr);
    if (jump_ != nullptr) return arrive(object);
    const Ref value(value_.release());
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
