#include "runtime/native/debugger/history.h"

#include "runtime/native/profiler/frames.h"

namespace ml::native::debugger {
namespace {

// New reference to the variables of a function by their names; null with a Python error.
PyObject* named(PyCodeObject* code, const std::vector<Ref>& values) {
  Ref found(PyDict_New());
  for (std::size_t i = 0; found && i < values.size(); ++i) {
    PyObject* name = PyTuple_GET_ITEM(code->co_localsplusnames, static_cast<Py_ssize_t>(i));
    if (values[i] && PyDict_SetItem(found.get(), name, values[i].get()) < 0) return nullptr;
  }
  return found.release();
}

}  // namespace

void History::keep(std::size_t moments) {
  std::vector<Moment> old(moments);
  ring_.swap(old);
  next_ = 0;
}

void History::add(const Site& site, PyThreadState* thread) {
  const profiler::Frame* frame = profiler::current_frame(thread);
  if (frame == nullptr || profiler::code_of(frame) != site.code) return;
  // Changed beside the ring: what is released below may come here again.
  Moment now;
  now.site = &site;
  if (frame->f_locals != nullptr) {
    now.globals = Ref(PyDict_Copy(frame->f_locals));
    if (!now.globals) return PyErr_Clear();
  } else {
    now.globals = Ref::borrowed(frame->f_globals);
    const auto count = static_cast<std::size_t>(reinterpret_cast<PyCodeObject*>(site.code)->co_nlocalsplus);
    now.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      PyObject* value = frame->localsplus[i];
      if (value != nullptr && PyCell_Check(value)) value = PyCell_GET(value);
      now.values.push_back(Ref::borrowed(value));
    }
  }
  std::swap(ring_[next_], now);
  next_ = (next_ + 1) % ring_.size();
}

PyObject* History::moments() const {
  Ref list(PyList_New(0));
  for (std::size_t i = 0; list && i < ring_.size(); ++i) {
    const Moment& m = ring_[(next_ + i) % ring_.size()];
    if (m.site == nullptr) continue;
    const bool whole = m.values.empty() && m.site->top_level;
    const Ref own(whole ? new_ref(m.globals.get())
                        : named(reinterpret_cast<PyCodeObject*>(m.site->code), m.values));
    const Ref row(
        own ? Py_BuildValue("iiOOO", m.site->module, m.site->stop, m.site->code, m.globals.get(), own.get())
            : nullptr);
    if (!row || PyList_Append(list.get(), row.get()) < 0) return nullptr;
  }
  return list.release();
}

}  // namespace ml::native::debugger
