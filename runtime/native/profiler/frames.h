#pragma once

// The interpreter's frames, read from outside it: the one header that knows their layout. Include it in the
// sampler only. Every function here may touch memory that is gone by now; call them under a guard
// (fault_guard.h).

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <internal/pycore_frame.h>
#pragma GCC diagnostic pop

#if PY_VERSION_HEX < 0x030b0000 || PY_VERSION_HEX >= 0x030e0000
#error "frame layout known for CPython 3.11, 3.12 and 3.13"
#endif

namespace ml::native::profiler {

using Frame = _PyInterpreterFrame;

inline Frame* current_frame(PyThreadState* thread) {
#if PY_VERSION_HEX >= 0x030d0000
  return thread->current_frame;
#else
  return thread->cframe == nullptr ? nullptr : thread->cframe->current_frame;
#endif
}

// The code object as an address to look up, never to dereference; null for frames that run no Python code.
inline const void* code_of(const Frame* frame) {
#if PY_VERSION_HEX >= 0x030d0000
  return frame->owner == FRAME_OWNED_BY_CSTACK ? nullptr : frame->f_executable;
#elif PY_VERSION_HEX >= 0x030c0000
  return frame->owner == FRAME_OWNED_BY_CSTACK ? nullptr : frame->f_code;
#else
  return frame->f_code;
#endif
}

// Whether the thread holds the interpreter lock, or is about to let it go.
inline bool holds_lock(const PyThreadState* thread) {
#if PY_VERSION_HEX >= 0x030d0000
  return thread->state == 1;  // attached
#elif PY_VERSION_HEX >= 0x030c0000
  return thread->_status.active != 0;
#else
  return _PyThreadState_UncheckedGet() == thread;  // one for all threads, not the caller's own
#endif
}

// The first argument of the function that runs in the frame.
inline const void* first_argument(const Frame* frame) { return frame->localsplus[0]; }

// Address of the instruction the frame stands at (3.11, 3.12: its last code unit).
inline const void* instruction_of(const Frame* frame) {
#if PY_VERSION_HEX >= 0x030d0000
  return frame->instr_ptr;
#else
  return frame->prev_instr;
#endif
}

// First instruction of a live code object.
inline const char* instructions_of(PyCodeObject* code) { return code->co_code_adaptive; }

// Size of a frame of `code` on the data stack, in words.
inline std::size_t frame_words(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030c0000
  return static_cast<std::size_t>(code->co_framesize);
#else
  return static_cast<std::size_t>(code->co_nlocalsplus + code->co_stacksize) + FRAME_SPECIALS_SIZE;
#endif
}

// The frame that is being set up or torn down above `frame`, whose size is `words`; null if there is none.
// While arguments are copied or locals destroyed the current frame is the caller already, or still.
inline const Frame* frame_above(PyThreadState* thread, const Frame* frame, std::size_t words) {
  if (frame->owner != FRAME_OWNED_BY_THREAD || thread->datastack_chunk == nullptr) return nullptr;
  const auto* at = reinterpret_cast<PyObject* const*>(frame);
  if (at < thread->datastack_chunk->data || at >= thread->datastack_limit) return nullptr;
  PyObject* const* above = at + words;
  if (above + FRAME_SPECIALS_SIZE >= thread->datastack_top) return nullptr;
  return reinterpret_cast<const Frame*>(above);
}

}  // namespace ml::native::profiler
