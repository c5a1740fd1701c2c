#include "runtime/native/profiler/probe.h"

#include <atomic>
#include <new>

namespace ml::native::profiler {

struct Probe {
  PyObject_HEAD std::atomic<std::uint64_t> loads;
  Probe* older;
};

namespace {

// Decrementing stops below this value (the low word is negative), incrementing does not: a free 31-bit
// counter.
constexpr std::uint32_t kIncrementOnly = 0x80000000u;
constexpr std::uint32_t kRenewAfter = 1u << 30;

void resurrect(PyObject* self) {
  // The count is back at the 0 it is kept at: nothing to undo.
  auto& loads = reinterpret_cast<Probe*>(self)->loads;
  loads.store(loads.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

PyObject* negative(PyObject* self) {
  auto& loads = reinterpret_cast<Probe*>(self)->loads;
  loads.store(loads.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  Py_RETURN_NONE;
}

PyNumberMethods number_methods = {.nb_negative = negative};
PyTypeObject probe_type = {
    .ob_base = {PyObject_HEAD_INIT(nullptr) 0},
    .tp_name = "mlpy._probe",
    .tp_basicsize = sizeof(Probe),
    .tp_dealloc = resurrect,
    .tp_as_number = &number_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

Probe* make() {
  void* memory = PyMem_RawCalloc(1, sizeof(Probe));
  return memory == nullptr ? nullptr : new (memory) Probe{PyObject_HEAD_INIT(&probe_type) 0, nullptr};
}

std::uint32_t low_word(const Probe* p) {
  std::uint32_t low = 0;
  __builtin_memcpy(&low, &p->ob_base.ob_refcnt, sizeof low);
  return low;
}

void set_references(Probe* p, std::uint32_t low) { p->ob_base.ob_refcnt = static_cast<Py_ssize_t>(low); }

}  // namespace

int ready_probe_type() { return PyType_Ready(&probe_type); }

bool is_probe(PyObject* object) { return Py_IS_TYPE(object, &probe_type); }

PyObject* new_probe() {
  Probe* p = make();
  if (p == nullptr) return PyErr_NoMemory();
  set_references(p, 1);
  return reinterpret_cast<PyObject*>(p);
}

void arm_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  auto* p = reinterpret_cast<Probe*>(PyTuple_GET_ITEM(consts, index));
  p->loads.store(0, std::memory_order_relaxed);
  switch (backend) {
    case Counting::entry_constant: set_references(p, kIncrementOnly); break;
    case Counting::deallocator: set_references(p, 0); break;
    case Counting::slot: set_references(p, 1u << 20); break;
    case Counting::none: break;
  }
}

std::uint64_t read_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  const auto* p = reinterpret_cast<const Probe*>(PyTuple_GET_ITEM(consts, index));
  std::uint64_t total = 0;
  for (; p != nullptr; p = p->older)
    total += backend == Counting::entry_constant ? low_word(p) - kIncrementOnly
                                                 : p->loads.load(std::memory_order_relaxed);
  return total;
}

void renew_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  if (backend != Counting::entry_constant) return;
  auto* old = reinterpret_cast<Probe*>(PyTuple_GET_ITEM(consts, index));
  if (low_word(old) - kIncrementOnly < kRenewAfter) return;
  Probe* fresh = make();
  if (fresh == nullptr) return;
  set_references(fresh, kIncrementOnly);
  fresh->older = old;
  PyObject** slot = &PyTuple_GET_ITEM(consts, index);
  std::atomic_ref<PyObject*>(*slot).store(reinterpret_cast<PyObject*>(fresh), std::memory_order_release);
}

}  // namespace ml::native::profiler
