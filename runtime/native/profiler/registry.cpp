#include "runtime/native/profiler/frames.h"
// frames.h first: it decides how Python.h is seen.
#include "runtime/native/profiler/registry.h"

#include <map>
#include <utility>

#include "runtime/native/profiler/fault_guard.h"
#include "runtime/native/profiler/iterator_meter.h"

namespace ml::native::profiler {
namespace {

std::size_t hash(const void* p) {
  return (reinterpret_cast<std::uintptr_t>(p) >> 4) * 0x9e3779b97f4a7c15ull >> 20;
}

// One line per code unit from co_lines(); units without a line take the last one seen.
bool fill_lines(CodeEntry& entry) {
  entry.line_of_unit.assign(entry.units, entry.first_line);
  PyObject* rows = PyObject_CallMethod(entry.code, "co_lines", nullptr);
  if (rows == nullptr) return false;
  std::uint32_t last = entry.first_line;
  while (PyObject* row = PyIter_Next(rows)) {
    const long start = PyLong_AsLong(PyTuple_GET_ITEM(row, 0)), end = PyLong_AsLong(PyTuple_GET_ITEM(row, 1));
    PyObject* line = PyTuple_GET_ITEM(row, 2);
    if (line != Py_None) last = static_cast<std::uint32_t>(PyLong_AsUnsignedLong(line));
    for (long u = start / 2; u < end / 2 && u < static_cast<long>(entry.units); ++u)
      entry.line_of_unit[u] = last;
    Py_DECREF(row);
  }
  Py_DECREF(rows);
  return PyErr_Occurred() == nullptr;
}

}  // namespace

CodeIndex::CodeIndex() {
  tables_.push_back(std::make_unique<Table>(256));
  current_.store(tables_.back().get(), std::memory_order_release);
}

const CodeEntry* CodeIndex::find(const void* code) const {
  const Table& table = *current_.load(std::memory_order_acquire);
  const std::size_t mask = table.slots.size() - 1;
  for (std::size_t i = hash(code);; ++i) {
    const Slot& slot = table.slots[i & mask];
    const void* key = slot.key.load(std::memory_order_acquire);
    if (key == code && key != nullptr) return slot.entry;
    if (key == nullptr) return nullptr;
  }
}

void CodeIndex::put(Table& table, const CodeEntry* entry) {
  const std::size_t mask = table.slots.size() - 1;
  std::size_t i = hash(entry->code);
  while (table.slots[i & mask].key.load(std::memory_order_relaxed) != nullptr) ++i;
  table.slots[i & mask].entry = entry;
  table.slots[i & mask].key.store(entry->code, std::memory_order_release);
  ++table.used;
}

void CodeIndex::insert(const CodeEntry* entry) {
  Table* now = current_.load(std::memory_order_relaxed);
  if (2 * (now->used + 1) > now->slots.size()) {
    auto bigger = std::make_unique<Table>(now->slots.size() * 2);
    for (const Slot& slot : now->slots)
      if (slot.key.load(std::memory_order_relaxed) != nullptr) put(*bigger, slot.entry);
    now = bigger.get();
    tables_.push_back(std::move(bigger));
    put(*now, entry);
    current_.store(now, std::memory_order_release);
    return;
  }
  put(*now, entry);
}

Registry::Registry() {
  add_function("", "(library)", 0, Category::python_stdlib, FunctionKind::library);
  add_function("", "(outside)", 0, Category::sandbox_startup, FunctionKind::phase);
}

Registry::~Registry() {
  for (CodeEntry& entry : codes_) Py_XDECREF(entry.code);
}

std::uint32_t Registry::add_function(std::string_view file, std::string_view name, std::uint32_t first_line,
                                     Category category, FunctionKind kind) {
  const std::scoped_lock lock(mutex_);
  capture::Function f;
  if (!file.empty()) {
    const auto [it, fresh] =
        file_ids_.try_emplace(std::string(file), static_cast<std::uint32_t>(files_.size()));
    if (fresh) files_.push_back({it->first});
    f.file = it->second;
  }
  f.first_line = first_line;
  f.category = category;
  f.kind = kind;
  f.name = name;
  functions_.push_back(std::move(f));
  return static_cast<std::uint32_t>(functions_.size() - 1);
}

bool Registry::add_code(PyObject* object, std::uint32_t function, bool ml, bool inner, Py_ssize_t probe_index,
                        Role role) {
  auto* code = reinterpret_cast<PyCodeObject*>(object);
  CodeEntry entry;
  entry.code = object;
  entry.first_unit = instructions_of(code);
  entry.units = static_cast<std::uint32_t>(Py_SIZE(code));
  entry.frame_words = static_cast<std::uint32_t>(frame_words(code));
  entry.function = function;
  entry.first_line = static_cast<std::uint32_t>(code->co_firstlineno);
  entry.ml = ml;
  entry.inner = inner;
  entry.role = role;
  entry.consts = code->co_consts;
  entry.probe_index = probe_index;
  if (!fill_lines(entry)) return false;
  Py_INCREF(object);
  const std::scoped_lock lock(mutex_);
  codes_.push_back(std::move(entry));
  index_.insert(&codes_.back());
  return true;
}

void Registry::describe(capture::Encoder& to) {
  const std::scoped_lock lock(mutex_);
  for (; files_described_ < files_.size(); ++files_described_)
    to.file(static_cast<std::uint32_t>(files_described_), files_[files_described_]);
  for (; functions_described_ < functions_.size(); ++functions_described_)
    to.function(static_cast<std::uint32_t>(functions_described_), functions_[functions_described_]);
}

std::vector<std::uint64_t> Registry::calls_locked() const {
  std::vector<std::uint64_t> calls(functions_.size());
  for (const CodeEntry& entry : codes_)
    if (entry.probe_index >= 0)
      calls[entry.function] += read_probe(counting_, entry.consts, entry.probe_index);
  for (const CountedCode& code : counted_codes_)
    calls[code.function] += read(code, code.counters.calls, false);
  return calls;
}

std::vector<std::uint64_t> Registry::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_locked();
}

std::string Registry::name(std::uint32_t function) const {
  const std::scoped_lock lock(mutex_);
  return functions_[function].name;
}

std::uint32_t Registry::first_line(std::uint32_t function) const {
  const std::scoped_lock lock(mutex_);
  return functions_[function].first_line;
}

void Registry::counts(capture::Encoder& to) {
  const std::scoped_lock lock(mutex_);
  const std::vector<std::uint64_t> now = calls_locked();
  written_.resize(now.size());
  std::vector<capture::Encoder::Count> rows;
  for (std::size_t id = 0; id < now.size() && id < functions_described_; ++id) {
    if (now[id] == written_[id]) continue;
    written_[id] = now[id];
    rows.push_back({static_cast<std::uint32_t>(id), now[id]});
  }
  to.counts(rows);
}

void Registry::add_lines(PyObject* code, std::uint32_t function, CodeCounters counters) {
  if (counters.lines.empty()) return;
  const std::scoped_lock lock(mutex_);
  counted_codes_.push_back({reinterpret_cast<PyCodeObject*>(code)->co_consts, function, std::move(counters)});
}

std::uint64_t Registry::read(const CountedCode& code, const Sum& sum, bool running) const {
  const CodeCounters& counters = code.counters;
  std::int64_t total = 0;
  for (const Term& term : sum) {
    std::uint64_t value = 0;
    const bool entry = term.counter == LinePlan::kEntry;
    const Py_ssize_t index = entry ? counters.entry : counters.first + static_cast<Py_ssize_t>(term.counter);
    if (entry || !counters.meters[term.counter]) {
      value = read_probe(counting_, code.consts, index);
    } else {
      PyObject* meter = PyTuple_GET_ITEM(code.consts, index);
      value = read_meter(meter, false);
      if (running) FaultGuard::guarded([&value, meter] { value = read_meter(meter, true); });
    }
    total += term.times * static_cast<std::int64_t>(value);
  }
  return total > 0 ? static_cast<std::uint64_t>(total) : 0;  // read while it runs, counters may disagree
}

void Registry::hits(capture::Encoder& to, bool running) {
  const std::scoped_lock lock(mutex_);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> found;
  for (const CountedCode& code : counted_codes_)
    for (const LineSum& line : code.counters.lines)
      found[{code.function, line.line}] += read(code, line.hits, running);
  std::vector<capture::Hits> rows;
  for (const auto& [place, hits] : found)
    if (place.first < functions_described_) rows.push_back({place.first, place.second, hits});
  to.hits(rows);
}

void Registry::renew_probes() {
  const std::scoped_lock lock(mutex_);
  for (const CountedCode& code : counted_codes_)
    for (std::size_t i = 0; i < code.counters.meters.size(); ++i)
      if (!code.counters.meters[i])
        renew_probe(counting_, code.consts, code.counters.first + static_cast<Py_ssize_t>(i));
  for (const CodeEntry& entry : codes_)
    if (entry.probe_index >= 0) renew_probe(counting_, entry.consts, entry.probe_index);
}

}  // namespace ml::native::profiler
