#include "runtime/native/debugger/sites.h"

#include <opcode.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <string>
#include <utility>

#include "runtime/native/profiler/line_splice.h"

namespace ml::native::debugger {
namespace {

struct Probe {
  PyObject_HEAD Site* site;
  int module, stop;
};

Hook the_hook = nullptr;

void dropped(PyObject* self) {
  Site* site = reinterpret_cast<Probe*>(self)->site;
  if (site != nullptr && the_hook != nullptr) the_hook(*site);
}

PyTypeObject probe_type = {
    .ob_base = {PyObject_HEAD_INIT(nullptr) 0},
    .tp_name = "mlpy._site",
    .tp_basicsize = sizeof(Probe),
    .tp_dealloc = dropped,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

PyObject* new_probe(int module, int stop) {
  auto* probe = static_cast<Probe*>(PyMem_RawCalloc(1, sizeof(Probe)));
  if (probe == nullptr) return PyErr_NoMemory();
  auto* object = reinterpret_cast<PyObject*>(probe);
  Py_SET_TYPE(object, &probe_type);
  Py_SET_REFCNT(object, 1);
  probe->module = module;
  probe->stop = stop;
  return object;
}

std::string bytes_of(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

// Stop of every code unit, -1 where there is none.
bool stops_of_units(PyObject* code, const PlaceTable& places, std::vector<int>* to) {
  to->clear();
  const Ref positions(PyObject_CallMethod(code, "co_positions", nullptr));
  if (!positions) return false;
  while (PyObject* row = PyIter_Next(positions.get())) {
    const Ref held(row);
    PyObject *line = PyTuple_GET_ITEM(row, 0), *column = PyTuple_GET_ITEM(row, 2);
    to->push_back(
        line == Py_None || column == Py_None
            ? -1
            : places.find(static_cast<int>(PyLong_AsLong(line)), static_cast<int>(PyLong_AsLong(column))));
  }
  return PyErr_Occurred() == nullptr;
}

// Later interpreters have their events instead of the instructions that they are about.
#if PY_VERSION_HEX >= 0x030c0000
constexpr int kInstrumentedJump = INSTRUMENTED_JUMP_FORWARD;
std::uint8_t* opcode_of(const Site& site) {
  const _PyCoMonitoringData* kept = reinterpret_cast<PyCodeObject*>(site.code)->_co_monitoring;
  auto* opcode = reinterpret_cast<std::uint8_t*>(site.unit);
  if (*opcode == INSTRUMENTED_LINE) opcode = &kept->lines[site.offset].original_opcode;
  if (*opcode == INSTRUMENTED_INSTRUCTION) opcode = &kept->per_instruction_opcodes[site.offset];
  return opcode;
}
#else
constexpr int kInstrumentedJump = JUMP_FORWARD;
std::uint8_t* opcode_of(const Site& site) { return reinterpret_cast<std::uint8_t*>(site.unit); }
#endif

bool hidden(PyCodeObject* code) {
  for (const char* name : {"<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>", "<scope>"})
    if (PyUnicode_CompareWithASCIIString(code->co_qualname, name) == 0) return true;
  return false;
}

}  // namespace

void set_hook(Hook hook) { the_hook = hook; }

int ready_site_type() { return PyType_Ready(&probe_type); }

PyObject* Sites::splice(PyObject* object, const PlaceTable& places, int module) {
  auto* code = reinterpret_cast<PyCodeObject*>(object);
  const Ref code_bytes(PyCode_GetCode(code));
  std::vector<int> stops;
  if (!code_bytes || !stops_of_units(object, places, &stops)) return nullptr;
  if (hidden(code)) stops.assign(stops.size(), -1);
  profiler::CodeBytes from{bytes_of(code_bytes.get()), bytes_of(code->co_exceptiontable),
                           bytes_of(code->co_linetable), code->co_stacksize};
  const Py_ssize_t size = PyTuple_GET_SIZE(code->co_consts);
  profiler::LineSites probes;
  if (profiler::splice_sites(from, stops, static_cast<std::uint32_t>(size),
                             ml::profiler::Counting::deallocator, &probes))
    from = probes.code;
  else
    probes.lines.clear();
  const auto added = static_cast<Py_ssize_t>(probes.lines.size());
  Ref consts(PyTuple_New(size + added));
  if (!consts) return nullptr;
  for (Py_ssize_t i = 0; i < size + added; ++i) {
    PyObject* value = i < size ? PyTuple_GET_ITEM(code->co_consts, i) : nullptr;
    value = value == nullptr
                ? new_probe(module, static_cast<int>(probes.lines[static_cast<std::size_t>(i - size)]))
            : PyCode_Check(value) ? splice(value, places, module)
                                  : new_ref(value);
    if (value == nullptr) return nullptr;
    PyTuple_SET_ITEM(consts.get(), i, value);
  }
  const Ref replace(PyObject_GetAttrString(object, "replace")), none(PyTuple_New(0));
  const auto bytes = [](const std::string& text) {
    return PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
  };
  const Ref changes(Py_BuildValue("{s:N,s:N,s:N,s:O,s:i}", "co_code", bytes(from.code), "co_exceptiontable",
                                  bytes(from.exceptions), "co_linetable", bytes(from.locations), "co_consts",
                                  consts.get(), "co_stacksize", from.stack_size));
  if (!replace || !changes || !none) return nullptr;
  return PyObject_Call(replace.get(), none.get(), changes.get());
}

bool Sites::adopt(PyObject* object, bool top_level) {
  auto* code = reinterpret_cast<PyCodeObject*>(object);
  std::vector<Site*> found;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); ++i) {
    PyObject* value = PyTuple_GET_ITEM(code->co_consts, i);
    if (PyCode_Check(value) && !adopt(value, false)) return false;
    if (!Py_IS_TYPE(value, &probe_type)) continue;
    auto* probe = reinterpret_cast<Probe*>(value);
    if (probe->site != nullptr) continue;
    auto* memory = PyMem_RawCalloc(1, sizeof(Site));
    if (memory == nullptr) return PyErr_NoMemory() != nullptr;
    auto* site =
        new (memory) Site{new_ref(object), code->co_consts, i, value, probe->module, probe->stop, top_level};
    Py_SET_REFCNT(value, 0);
    probe->site = site;
    site->armed = true;
    found.push_back(site);
  }
  find_units(found);
  for (Site* site : found) arm(*site, false);
  all_.insert(all_.end(), found.begin(), found.end());
  return true;
}

void Sites::find_units(std::vector<Site*>& sites) {
  if (sites.empty()) return;
  auto* code = reinterpret_cast<PyCodeObject*>(sites.front()->code);
  const Ref bytes(PyCode_GetCode(code));
  if (!bytes) return PyErr_Clear();
  const std::string units = bytes_of(bytes.get());
  const auto first = static_cast<std::size_t>(sites.front()->index);
  unsigned before = NOP;  // 3.11 joins a load of a variable with the load behind it
  std::size_t begin = 0, argument = 0;
  for (std::size_t at = 0; at + 3 < units.size(); at += 2) {
    const auto opcode = static_cast<unsigned char>(units[at]),
               low = static_cast<unsigned char>(units[at + 1]);
    argument = (argument << 8) | low;
    if (opcode == EXTENDED_ARG) continue;
    const bool load = opcode == LOAD_CONST && static_cast<unsigned char>(units[at + 2]) == POP_TOP;
    const std::size_t number = argument - first;  // their constants follow each other
    if (load && number < sites.size() && static_cast<std::size_t>(sites[number]->index) == argument) {
      Site& site = *sites[number];
      site.offset = static_cast<int>(begin / 2);
      const bool extended = at != begin;
      if (before != LOAD_FAST && PY_VERSION_HEX < (extended ? 0x030c0000 : 0x030e0000)) {
        site.unit = reinterpret_cast<std::uint16_t*>(code->co_code_adaptive) + site.offset;
        site.load = *site.unit;
        site.jump = static_cast<std::uint16_t>(JUMP_FORWARD | ((at - begin) / 2 + 1) << 8);
      }
    }
    before = opcode;
    begin = at + 2;
    argument = 0;
  }
}

// What a thread has begun to do at the site stays right: an instruction that the interpreter keeps elsewhere
// becomes a load of a constant, whichever, but never a jump, for which its argument would be wrong.
void Sites::arm(Site& site, bool armed) {
  if (site.armed == armed) return;
  site.armed = armed;
  if (!armed) return disarm(site);
  if (std::exchange(site.silent, false)) {
    PyTuple_SET_ITEM(site.consts, site.index, site.probe);
    Py_DECREF(Py_None);
  }
  std::uint8_t* opcode = site.unit == nullptr ? nullptr : opcode_of(site);
  if (opcode == nullptr || (*opcode != JUMP_FORWARD && *opcode != kInstrumentedJump)) return;
  reinterpret_cast<std::uint8_t*>(site.unit)[1] = static_cast<std::uint8_t>(site.load >> 8);
  *opcode = static_cast<std::uint8_t>(site.load);
}

void Sites::disarm(Site& site) {
  if (site.unit != nullptr && *site.unit == site.load) {
    *site.unit = site.jump;
  } else if (!std::exchange(site.silent, true)) {
    PyTuple_SET_ITEM(site.consts, site.index, none());
  }
}

bool Sites::begins(PyObject* code, int units) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Site* site) { return site->code == code && site->offset == units; });
}

void Sites::arm_all(bool all) {
  for (Site* site : all_) {
    arm(*site, all || site->breakpoint);
    if (!site->armed && site->silent) disarm(*site);  // perhaps nobody traces any more
  }
}

}  // namespace ml::native::debugger
