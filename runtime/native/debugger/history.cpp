#include "runtime/native/debugger/history.h"

#include <utility>

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

constexpr std::size_t kLarge = 512, kEntry = 100;  // bytes; of one in a dict, about

std::size_t bytes_of(PyObject* value) {
  const auto size = [value] { return static_cast<std::size_t>(Py_SIZE(value)); };
  if (PyUnicode_Check(value))
    return static_cast<std::size_t>(PyUnicode_GET_LENGTH(value)) * PyUnicode_KIND(value);
  if (PyList_Check(value)) return size() * sizeof(PyObject*);
  if (PyBytes_Check(value)) return size();
  if (PyDict_Check(value)) return static_cast<std::size_t>(PyDict_GET_SIZE(value)) * kEntry;
  return 0;
}

}  // namespace

template <class Function>
void History::each_value(const Moment& m, Function&& function) {
  for (const Ref& value : m.values)
    if (value) function(value.get());
  PyObject *name = nullptr, *value = nullptr;
  Py_ssize_t at = 0;
  while (m.values.empty() && m.site->top_level && PyDict_Next(m.globals.get(), &at, &name, &value) != 0)
    function(value);
}

void History::count(const Moment& m) {
  bytes_ += m.bytes;
  each_value(m, [this](PyObject* value) {
    const std::size_t bytes = bytes_of(value);
    if (bytes < kLarge) return;
    Large& known = large_[value];
    if (known.moments++ == 0) bytes_ += known.bytes = bytes;
  });
}

// A value that was small when it came, and has grown, may be forgotten too early: the next moment counts it
// anew.
void History::discount(const Moment& m) {
  bytes_ -= m.bytes;
  if (large_.empty()) return;
  each_value(m, [this](PyObject* value) {
    const auto found = large_.find(value);
    if (found == large_.end() || --found->second.moments > 0) return;
    bytes_ -= found->second.bytes;
    large_.erase(found);
  });
}

void History::keep(std::size_t moments, std::size_t bytes) {
  std::vector<Moment> old(moments);
  ring_.swap(old);
  large_.clear();
  next_ = kept_ = bytes_ = 0;
  most_bytes_ = bytes;
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
    now.bytes = sizeof(Moment) + static_cast<std::size_t>(PyDict_GET_SIZE(now.globals.get())) * kEntry;
  } else {
    now.globals = Ref::borrowed(frame->f_globals);
    const auto count = static_cast<std::size_t>(reinterpret_cast<PyCodeObject*>(site.code)->co_nlocalsplus);
    now.bytes = sizeof(Moment) + count * sizeof(PyObject*);
    now.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      PyObject* value = frame->localsplus[i];
      if (value != nullptr && PyCell_Check(value)) value = PyCell_GET(value);
      now.values.push_back(Ref::borrowed(value));
    }
  }
  std::vector<Moment> released;
  const auto let_go = [&](std::size_t place) {
    discount(ring_[place]);
    released.push_back(std::exchange(ring_[place], Moment{}));
    --kept_;
  };
  if (kept_ == ring_.size()) let_go(next_);
  count(now);
  ring_[next_] = std::move(now);
  next_ = (next_ + 1) % ring_.size();
  ++kept_;
  while (bytes_ > most_bytes_ && kept_ > 1) let_go((next_ + ring_.size() - kept_) % ring_.size());
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
