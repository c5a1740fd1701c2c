#include "runtime/native/profiler/iterator_meter.h"

#include <opcode.h>

#include <atomic>
#include <cstring>
#include <new>

#include "runtime/native/profiler/bytecode.h"

namespace ml::native::profiler {
namespace {

struct Kept {
  std::atomic<PyObject*> iterator;
  std::atomic<long> length;  // rounds it had to go when the loop began (CPython 3.12 and later)
};

// The iterators of loops that run. A bigger one replaces it when it is full; whoever reads may still have it.
struct Running {
  std::uint32_t room;
  Kept* kept;
};

#if PY_VERSION_HEX < 0x030c0000

// Iterators of lists and of small ranges keep their type's behaviour but are told apart from all others: each
// meter has copies of the two types, whose instances hand in their position when they go.
struct Meter {
  PyObject_HEAD std::atomic<std::uint64_t> rounds;
  std::atomic<std::uint32_t> count;
  std::atomic<Running*> running;
  PyTypeObject range_type, list_type;
};

// As in CPython 3.11; ready_meter_types() makes sure.
struct RangeIterator {
  PyObject_HEAD long index;
};
struct ListIterator {
  PyObject_HEAD Py_ssize_t index;
};

#else

// The iterators stay what they are. Each meter keeps those of its loops until it looks again and nobody else
// has them any more.
struct Meter {
  PyObject_HEAD std::atomic<std::uint64_t> rounds;
  std::atomic<std::uint32_t> count;
  std::atomic<Running*> running;
};

// As in CPython 3.12 and 3.13; ready_meter_types() makes sure.
struct RangeIterator {
  PyObject_HEAD long start, step, left;
};

#endif

// Stands before any other iterator.
struct Counted {
  PyObject_HEAD PyObject* inner;
  Meter* meter;
};

PyTypeObject* counted_type();

#if PY_VERSION_HEX < 0x030c0000

bool began(Meter* meter, PyObject* iterator) {
  const std::uint32_t n = meter->count.load(std::memory_order_relaxed);
  Running* running = meter->running.load(std::memory_order_relaxed);
  if (running == nullptr || n == running->room) {
    const std::uint32_t room = running == nullptr ? 4 : 4 * n;
    auto* bigger = static_cast<Running*>(PyMem_RawCalloc(1, sizeof(Running) + room * sizeof(Kept)));
    if (bigger == nullptr) return false;
    *bigger = {room, reinterpret_cast<Kept*>(bigger + 1)};
    for (std::uint32_t i = 0; i < n; ++i) bigger->kept[i].iterator.store(running->kept[i].iterator.load());
    meter->running.store(running = bigger, std::memory_order_release);
  }
  running->kept[n].iterator.store(iterator, std::memory_order_relaxed);
  meter->count.store(n + 1, std::memory_order_release);
  return true;
}

void ended(Meter* meter, PyObject* iterator, std::uint64_t rounds) {
  const std::uint32_t last = meter->count.load(std::memory_order_relaxed) - 1;
  Running& running = *meter->running.load(std::memory_order_relaxed);
  std::uint32_t at = last;  // mostly the one that began last
  while (running.kept[at].iterator.load(std::memory_order_relaxed) != iterator) --at;
  running.kept[at].iterator.store(running.kept[last].iterator.load(std::memory_order_relaxed),
                                  std::memory_order_relaxed);
  meter->count.store(last, std::memory_order_relaxed);
  meter->rounds.store(meter->rounds.load(std::memory_order_relaxed) + rounds, std::memory_order_relaxed);
}

void end_range(PyObject* self) {
  auto* meter =
      reinterpret_cast<Meter*>(reinterpret_cast<char*>(Py_TYPE(self)) - offsetof(Meter, range_type));
  ended(meter, self, static_cast<std::uint64_t>(reinterpret_cast<RangeIterator*>(self)->index));
  Py_SET_TYPE(self, &PyRangeIter_Type);
  PyRangeIter_Type.tp_dealloc(self);
}

void end_list(PyObject* self) {
  auto* meter = reinterpret_cast<Meter*>(reinterpret_cast<char*>(Py_TYPE(self)) - offsetof(Meter, list_type));
  ended(meter, self, static_cast<std::uint64_t>(reinterpret_cast<ListIterator*>(self)->index));
  Py_SET_TYPE(self, &PyListIter_Type);
  PyListIter_Type.tp_dealloc(self);
}

PyObject* told_apart(Meter* meter, PyObject* iterator) {
  PyTypeObject* type = nullptr;
  if (Py_IS_TYPE(iterator, &PyRangeIter_Type) && reinterpret_cast<RangeIterator*>(iterator)->index == 0)
    type = &meter->range_type;
  if (Py_IS_TYPE(iterator, &PyListIter_Type) && reinterpret_cast<ListIterator*>(iterator)->index == 0)
    type = &meter->list_type;
  if (type == nullptr || !began(meter, iterator)) return nullptr;
  Py_SET_TYPE(iterator, type);
  return Py_NewRef(iterator);
}

#else

// Another thread may look while `iterator` goes: what it sees then must not be taken for rounds.
std::uint64_t rounds_of(PyObject* iterator, long length) {
  const long left = reinterpret_cast<RangeIterator*>(iterator)->left;
  return 0 <= left && left <= length ? static_cast<std::uint64_t>(length - left) : 0;
}

// Takes the rounds of a loop that has ended.
void take(Meter* meter, Kept& kept) {
  PyObject* iterator = kept.iterator.exchange(nullptr, std::memory_order_relaxed);
  const std::uint64_t rounds = rounds_of(iterator, kept.length.load(std::memory_order_relaxed));
  meter->rounds.store(meter->rounds.load(std::memory_order_relaxed) + rounds, std::memory_order_relaxed);
  Py_DECREF(iterator);
}

// How many of the first `n` go on, which come first then.
std::uint32_t take_ended(Meter* meter, Running& running, std::uint32_t n) {
  std::uint32_t left = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    Kept& kept = running.kept[i];
    if (Py_REFCNT(kept.iterator.load(std::memory_order_relaxed)) == 1) {
      take(meter, kept);
    } else {
      running.kept[left].iterator.store(kept.iterator.load());
      running.kept[left++].length.store(kept.length.load());
    }
  }
  return left;
}

PyObject* told_apart(Meter* meter, PyObject* iterator) {
  if (!Py_IS_TYPE(iterator, &PyRangeIter_Type)) return nullptr;
  std::uint32_t n = meter->count.load(std::memory_order_relaxed);
  Running* running = meter->running.load(std::memory_order_relaxed);
  // Mostly the one that began last has ended.
  if (n > 0 && Py_REFCNT(running->kept[n - 1].iterator.load(std::memory_order_relaxed)) == 1)
    take(meter, running->kept[--n]);
  if (running == nullptr || n == running->room) {
    if (n > 0) n = take_ended(meter, *running, n);
    const std::uint32_t room = running == nullptr ? 4 : 4 * running->room;
    if (running == nullptr || n > running->room / 2) {
      auto* bigger = static_cast<Running*>(PyMem_RawCalloc(1, sizeof(Running) + room * sizeof(Kept)));
      if (bigger == nullptr) {
        meter->count.store(n, std::memory_order_release);
        return nullptr;
      }
      *bigger = {room, reinterpret_cast<Kept*>(bigger + 1)};
      for (std::uint32_t i = 0; i < n; ++i) {
        bigger->kept[i].iterator.store(running->kept[i].iterator.load());
        bigger->kept[i].length.store(running->kept[i].length.load());
      }
      meter->running.store(running = bigger, std::memory_order_release);
    }
  }
  running->kept[n].length.store(reinterpret_cast<RangeIterator*>(iterator)->left, std::memory_order_relaxed);
  running->kept[n].iterator.store(Py_NewRef(iterator), std::memory_order_relaxed);
  meter->count.store(n + 1, std::memory_order_release);
  return Py_NewRef(iterator);
}

#endif

PyObject* next_counted(PyObject* self) {
  auto* counted = reinterpret_cast<Counted*>(self);
  PyObject* value = Py_TYPE(counted->inner)->tp_iternext(counted->inner);
  if (value != nullptr)
    counted->meter->rounds.store(counted->meter->rounds.load(std::memory_order_relaxed) + 1,
                                 std::memory_order_relaxed);
  return value;
}

int visit_counted(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(reinterpret_cast<Counted*>(self)->inner);
  return 0;
}

void end_counted(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Py_DECREF(reinterpret_cast<Counted*>(self)->inner);
  PyObject_GC_Del(self);
}

// iterator @ meter
PyObject* follow(PyObject* iterator, PyObject* other) {
  auto* meter = reinterpret_cast<Meter*>(other);
  if (Py_REFCNT(iterator) == 1)  // nobody else has it
    if (PyObject* same = told_apart(meter, iterator)) return same;
  auto* counted = PyObject_GC_New(Counted, counted_type());
  if (counted == nullptr) return nullptr;
  counted->inner = Py_NewRef(iterator);
  counted->meter = meter;
  PyObject_GC_Track(counted);
  return reinterpret_cast<PyObject*>(counted);
}

void keep(PyObject* self) { Py_SET_REFCNT(self, 1); }  // a meter that is dropped may have iterators still

PyTypeObject the_counted_type = {
    .ob_base = {PyObject_HEAD_INIT(nullptr) 0},
    .tp_name = "mlpy._counted",
    .tp_basicsize = sizeof(Counted),
    .tp_dealloc = end_counted,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = visit_counted,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = next_counted,
};
PyTypeObject* counted_type() { return &the_counted_type; }

PyNumberMethods number_methods = {.nb_matrix_multiply = follow};
PyTypeObject meter_type = {
    .ob_base = {PyObject_HEAD_INIT(nullptr) 0},
    .tp_name = "mlpy._meter",
    .tp_basicsize = sizeof(Meter),
    .tp_dealloc = keep,
    .tp_as_number = &number_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

// Whether the position of an iterator that gave two values is where we look for it.
template <class Iterator>
bool laid_out(PyObject* values, PyTypeObject* type, bool (*is_at)(const Iterator&, long)) {
  PyObject* iterator = values == nullptr ? nullptr : PyObject_GetIter(values);
  bool good = iterator != nullptr && Py_IS_TYPE(iterator, type);
  for (long n = 0; good && n <= 2; ++n) {
    good = is_at(*reinterpret_cast<Iterator*>(iterator), n);
    if (n < 2) Py_XDECREF(PyIter_Next(iterator));
  }
  Py_XDECREF(iterator);
  Py_XDECREF(values);
  return good;
}

bool as_expected() {
  PyObject* five = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyRange_Type), "iii", 10, 20, 2);
#if PY_VERSION_HEX < 0x030c0000
  return laid_out<RangeIterator>(five, &PyRangeIter_Type,
                                 [](const RangeIterator& i, long n) { return i.index == n; }) &&
         laid_out<ListIterator>(Py_BuildValue("[iii]", 1, 2, 3), &PyListIter_Type,
                                [](const ListIterator& i, long n) { return i.index == n; });
#else
  return laid_out<RangeIterator>(five, &PyRangeIter_Type, [](const RangeIterator& i, long n) {
    return i.start == 10 + 2 * n && i.step == 2 && i.left == 5 - n;
  });
#endif
}

}  // namespace

int ready_meter_types() {
  if (PyType_Ready(&meter_type) < 0 || PyType_Ready(&the_counted_type) < 0) return -1;
  if (as_expected()) return 0;
  if (!PyErr_Occurred()) PyErr_SetString(PyExc_SystemError, "iterators are not laid out as expected");
  return -1;
}

PyObject* new_meter() {
  void* memory = PyMem_RawCalloc(1, sizeof(Meter));
  if (memory == nullptr) return PyErr_NoMemory();
  auto* meter = new (memory) Meter{PyObject_HEAD_INIT(&meter_type)};
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(meter), 1);
#if PY_VERSION_HEX < 0x030c0000
  std::memcpy(&meter->range_type, &PyRangeIter_Type, sizeof(PyTypeObject));
  std::memcpy(&meter->list_type, &PyListIter_Type, sizeof(PyTypeObject));
  meter->range_type.tp_dealloc = end_range;
  meter->list_type.tp_dealloc = end_list;
#endif
  return reinterpret_cast<PyObject*>(meter);
}

std::string meter_operation(std::size_t constant) {
  std::string made;
  put(made, LOAD_CONST, constant, argument_units(constant));
  put(made, BINARY_OP, NB_MATRIX_MULTIPLY, 0);
  made.append(2, '\0');  // its cache
  return made;
}

std::uint64_t read_meter(PyObject* object, bool running) {
  auto* meter = reinterpret_cast<Meter*>(object);
  std::uint64_t rounds = meter->rounds.load(std::memory_order_relaxed);
  if (!running) return rounds;
  const std::uint32_t n = meter->count.load(std::memory_order_acquire);
  Running* all = meter->running.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; all != nullptr && i < n && i < all->room; ++i) {
    PyObject* iterator = all->kept[i].iterator.load(std::memory_order_relaxed);
    if (iterator == nullptr) continue;
#if PY_VERSION_HEX < 0x030c0000
    if (Py_IS_TYPE(iterator, &meter->range_type))
      rounds += static_cast<std::uint64_t>(reinterpret_cast<RangeIterator*>(iterator)->index);
    else if (Py_IS_TYPE(iterator, &meter->list_type))
      rounds += static_cast<std::uint64_t>(reinterpret_cast<ListIterator*>(iterator)->index);
#else
    rounds += rounds_of(iterator, all->kept[i].length.load(std::memory_order_relaxed));
#endif
  }
  return rounds;
}

}  // namespace ml::native::profiler
