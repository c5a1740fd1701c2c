#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "profiler/format/bytes.h"
#include "profiler/format/capture.h"

namespace ml::profiler {

struct CaptureResult {
  std::optional<Capture> capture;
  std::string error;  // why there is none; empty otherwise
};

namespace capture {

inline constexpr std::size_t kMaxRows = 1u << 22;  // files, functions and nodes each

// Sorts rows by function and line and keeps the last of each place: running totals replace the earlier ones.
template <class Row>
void settle(std::vector<Row>& rows) {
  const auto place = [](const Row& r) { return std::pair(r.function, r.line); };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return place(a) < place(b); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 < rows.size() && place(rows[i]) == place(rows[i + 1])) continue;
    rows[kept++] = rows[i];
  }
  rows.resize(kept);
}

// Takes one record into `to`. False: the payload contradicts itself or what came before; `to` keeps the rows
// that were good. Every id is checked against the tables, so a Capture's references are always in range.
inline bool take(Record kind, Reader r, Capture& to) {
  const auto rows = [&r](std::size_t size) {
    const std::uint32_t n = r.u32();
    return r.ok() && std::size_t{n} * size == r.left() ? n : 0u;
  };
  switch (kind) {
    case Record::header: {
      Header& h = to.header;
      h.version = r.u32();
      h.python = r.u32();
      h.pid = r.u32();
      h.started_unix_ns = r.u64();
      h.started_ns = r.u64();
      const std::uint8_t mode = r.u8(), counting = r.u8();
      h.mode = mode <= static_cast<std::uint8_t>(Mode::exact) ? static_cast<Mode>(mode) : Mode::automatic;
      h.counting = counting <= static_cast<std::uint8_t>(Counting::slot) ? static_cast<Counting>(counting)
                                                                         : Counting::none;
      h.interpreter = r.text();
      return r.ok();
    }
    case Record::file: {
      const std::uint32_t id = r.u32();
      const std::string_view path = r.text();
      if (!r.ok() || id != to.files.size() || id >= kMaxRows) return false;
      to.files.push_back({std::string(path)});
      return true;
    }
    case Record::function: {
      Function f;
      const std::uint32_t id = r.u32();
      f.file = r.u32();
      f.first_line = r.u32();
      const std::uint8_t category = r.u8(), kind_of = r.u8();
      f.name = r.text();
      if (!r.ok() || id != to.functions.size() || id >= kMaxRows || category >= kCategories) return false;
      if (kind_of > static_cast<std::uint8_t>(FunctionKind::import)) return false;
      if (f.file != kNone && f.file >= to.files.size()) return false;
      f.category = static_cast<Category>(category);
      f.kind = static_cast<FunctionKind>(kind_of);
      to.functions.push_back(std::move(f));
      to.calls.push_back(0);
      return true;
    }
    case Record::phase: {
      Phase p;
      const std::uint8_t category = r.u8();
      p.ns = r.u64();
      p.step = r.text();
      if (!r.ok() || category >= kCategories || to.phases.size() >= kMaxRows) return false;
      p.category = static_cast<Category>(category);
      to.phases.push_back(std::move(p));
      return true;
    }
    case Record::counts:
      for (std::uint32_t n = rows(12); n > 0; --n) {
        const std::uint32_t function = r.u32();
        const std::uint64_t calls = r.u64();
        if (function >= to.functions.size()) return false;
        to.calls[function] = calls;
      }
      return r.ok();
    case Record::nodes:
      for (std::uint32_t n = rows(16); n > 0; --n) {
        const std::uint32_t id = r.u32();
        Node node;
        node.parent = r.u32();
        node.function = r.u32();
        node.line = r.u32();
        if (id != to.nodes.size() || id >= kMaxRows || node.function >= to.functions.size()) return false;
        if (node.parent != kNone && node.parent >= id) return false;
        to.nodes.push_back(node);
      }
      return r.ok();
    case Record::samples:
      for (std::uint32_t n = rows(28); n > 0; --n) {
        const std::uint32_t id = r.u32();
        if (id >= to.nodes.size()) return false;
        Node& node = to.nodes[id];
        node.cpu_ns = r.u64();
        node.wait_ns = r.u64();
        node.ticks = r.u64();
      }
      return r.ok();
    case Record::sampler: {
      Sampler& s = to.sampler;
      for (std::uint64_t* v :
           {&s.ticks, &s.off_gil, &s.outside, &s.waits, &s.faults, &s.truncated, &s.lost, &s.cost_ns})
        *v = r.u64();
      return r.ok();
    }
    case Record::entries:
      for (std::uint32_t n = rows(12); n > 0; --n) {
        const std::uint32_t id = r.u32();
        const std::uint64_t calls = r.u64();
        if (id >= to.nodes.size()) return false;
        to.nodes[id].entries = calls;
      }
      return r.ok();
    case Record::thread: {
      Thread t;
      const std::uint32_t id = r.u32();
      t.wall_ns = r.u64();
      t.cpu_ns = r.u64();
      t.name = r.text();
      if (!r.ok() || id > to.threads.size() || id >= kMaxRows) return false;
      if (id == to.threads.size()) to.threads.emplace_back();
      to.threads[id] = std::move(t);
      return true;
    }
    case Record::memory:
      for (std::uint32_t n = rows(48); n > 0; --n) {
        Allocations a;
        a.function = r.u32();
        a.line = r.u32();
        for (std::uint64_t* v : {&a.live, &a.own_peak, &a.at_peak, &a.bytes, &a.count}) *v = r.u64();
        if (a.function >= to.functions.size()) return false;
        to.memory.push_back(a);
      }
      return r.ok();
    case Record::memory_totals: {
      MemoryTotals& m = to.memory_totals;
      const std::uint8_t level = r.u8();
      for (std::uint64_t* v : {&m.period, &m.samples, &m.peak, &m.live, &m.bytes, &m.count, &m.rss_peak})
        *v = r.u64();
      if (level > static_cast<std::uint8_t>(MemoryLevel::exact)) return false;
      m.level = static_cast<MemoryLevel>(level);
      return r.ok();
    }
    case Record::hits:
      for (std::uint32_t n = rows(16); n > 0; --n) {
        Hits h;
        h.function = r.u32();
        h.line = r.u32();
        h.hits = r.u64();
        if (h.function >= to.functions.size()) return false;
        to.hits.push_back(h);
      }
      return r.ok();
    case Record::timeline:
      for (std::uint32_t n = rows(24); n > 0; --n) {
        Moment m;
        m.at_ns = r.u64();
        m.dur_ns = r.u64();
        m.node = r.u32();
        m.thread = r.u32();
        if (m.node >= to.nodes.size() || to.timeline.size() >= kMaxRows) return false;
        to.timeline.push_back(m);
      }
      return r.ok();
    case Record::outcome:
      to.outcome.error = r.text();
      to.outcome.file = r.text();
      to.outcome.line = r.u32();
      to.outcome.column = r.u32();
      return r.ok();
    case Record::clock:
    case Record::end:
      to.wall_ns = r.u64();
      to.cpu_ns = r.u64();
      if (kind == Record::end) to.complete = r.ok();
      return r.ok();
  }
  return true;  // a kind of a later writer
}

}  // namespace capture

// Reads a capture from its bytes. A file cut anywhere after its header gives what was whole, `complete`
// false. Trusts nothing: a record that is torn or contradicts the tables ends the reading with `damaged` set.
// Errors: not a capture, or written by a newer version.
inline CaptureResult read_capture(std::string_view bytes) {
  CaptureResult result;
  if (!bytes.starts_with(capture::kMagic)) {
    result.error = "not a profile capture";
    return result;
  }
  Capture& to = result.capture.emplace();
  capture::Reader r(bytes.substr(capture::kMagic.size()));
  bool headed = false;
  while (!r.empty()) {
    const std::uint32_t length = r.u32();
    const std::uint16_t kind = r.u16(), check = r.u16();
    const std::string_view payload = length <= capture::kMaxRecord ? r.raw(length) : std::string_view{};
    const bool whole = r.ok() && length <= capture::kMaxRecord && check == capture::check_of(kind, payload);
    if (!whole || !capture::take(static_cast<capture::Record>(kind), capture::Reader(payload), to)) {
      to.damaged = true;
      break;
    }
    headed = headed || kind == static_cast<std::uint16_t>(capture::Record::header);
    if (headed && to.header.version > capture::kVersion) {
      result.error = "the capture was written by a newer version of mlpy";
      result.capture.reset();
      return result;
    }
  }
  capture::settle(to.memory);
  capture::settle(to.hits);
  if (!headed) {
    result.error = "the capture ends before its header";
    result.capture.reset();
  }
  return result;
}

}  // namespace ml::profiler
