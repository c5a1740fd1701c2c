#include "runtime/native/profiler/probe.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>

namespace ml::native::profiler {

struct Probe {
  PyObject_HEAD std::atomic<std::uint64_t> loads;
  PyObject* older;
};

namespace {

// Decrementing stops below this value (the low word is negative), incrementing does not: a free 31-bit
// counter.
constexpr std::uint32_t kIncrementOnly = 0x80000000u;
constexpr std::uint32_t kRenewAfter = 1u << 30;

// Of the program's own types: what it is has to stand before it.
struct Number {
  PyObject* older;
  PyObject* unused;  // keeps what follows aligned as the interpreter's allocator does
  union {
    PyLongObject integer;
    PyFloatObject real;
  };
};

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

Probe* as_probe(PyObject* p) { return reinterpret_cast<Probe*>(p); }

PyObject*& older(PyObject* counter) {
  if (Py_IS_TYPE(counter, &probe_type)) return as_probe(counter)->older;
  return reinterpret_cast<Number*>(reinterpret_cast<char*>(counter) - offsetof(Number, integer))->older;
}

PyObject* copy(PyObject* number) {
  auto* made = static_cast<Number*>(PyMem_RawCalloc(1, sizeof(Number)));
  if (made == nullptr) return nullptr;
  const bool real = PyFloat_CheckExact(number);
  const std::size_t size = real ? sizeof(PyFloatObject) : PyLong_Type.tp_basicsize + sizeof(digit);
  std::memcpy(&made->integer, number, std::min(size, sizeof(Number) - offsetof(Number, integer)));
  return reinterpret_cast<PyObject*>(&made->integer);
}

PyObject* make() {
  void* memory = PyMem_RawCalloc(1, sizeof(Probe));
  if (memory == nullptr) return nullptr;
  return reinterpret_cast<PyObject*>(new (memory) Probe{PyObject_HEAD_INIT(&probe_type) 0, nullptr});
}

std::uint32_t low_word(const PyObject* p) {
  std::uint32_t low = 0;
  std::memcpy(&low, &p->ob_refcnt, sizeof low);
  return low;
}

void set_references(PyObject* p, std::uint32_t low) { p->ob_refcnt = static_cast<Py_ssize_t>(low); }

}  // namespace

int ready_probe_type() { return PyType_Ready(&probe_type); }

bool is_probe(PyObject* object) { return Py_IS_TYPE(object, &probe_type); }

PyObject* new_probe() {
  PyObject* p = make();
  if (p == nullptr) return PyErr_NoMemory();
  set_references(p, 1);
  return p;
}

bool can_count(PyObject* number) {
  if (PyFloat_CheckExact(number)) return true;
  if (!PyLong_CheckExact(number)) return false;
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(number, &overflow);
  return overflow == 0 && value < (1L << PyLong_SHIFT) && -value < (1L << PyLong_SHIFT);
}

PyObject* new_counting_number(PyObject* number) {
  PyObject* p = copy(number);
  if (p == nullptr) return PyErr_NoMemory();
  set_references(p, 1);
  return p;
}

void arm_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  PyObject* p = PyTuple_GET_ITEM(consts, index);
  if (is_probe(p)) as_probe(p)->loads.store(0, std::memory_order_relaxed);
  switch (backend) {
    case Counting::entry_constant: set_references(p, kIncrementOnly); break;
    case Counting::deallocator: set_references(p, 0); break;
    case Counting::slot: set_references(p, 1u << 20); break;
    case Counting::none: break;
  }
}

std::uint64_t read_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  std::uint64_t total = 0;
  for (PyObject* p = PyTuple_GET_ITEM(consts, index); p != nullptr; p = older(p))
    total += backend == Counting::entry_constant ? low_word(p) - kIncrementOnly
                                                 : as_probe(p)->loads.load(std::memory_order_relaxed);
  return total;
}

void renew_probe(Counting backend, PyObject* consts, Py_ssize_t index) {
  if (backend != Counting::entry_constant) return;
  PyObject* old = PyTuple_GET_ITEM(consts, index);
  if (low_word(old) - kIncrementOnly < kRenewAfter) return;
  PyObject* fresh = is_probe(old) ? make() : copy(old);
  if (fresh == nullptr) return;
  set_references(fresh, kIncrementOnly);
  older(fresh) = old;
  PyObject** slot = &PyTuple_GET_ITEM(consts, index);
  std::atomic_ref<PyObject*>(*slot).store(fresh, std::memory_order_release);
}

}  // namespace ml::native::profiler
