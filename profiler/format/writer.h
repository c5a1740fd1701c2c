#pragma once

#include <span>
#include <string>
#include <string_view>

#include "profiler/format/bytes.h"
#include "profiler/format/capture.h"

namespace ml::profiler::capture {

// Appends whole records to a string the caller writes out and clears: a capture is the magic, then records in
// any order that names things before using them (files before functions, functions and parent nodes before
// nodes). Numbers are running totals, so a later record of the same thing replaces the earlier and a file may
// end after any record. Not thread-safe.
class Encoder {
 public:
  // Text collected since the last clear(); write it out with one append.
  const std::string& bytes() const { return out_; }
  void clear() { out_.clear(); }
  // Moves the records of `other` to the end of this one.
  void append(Encoder& other) {
    out_.append(other.out_);
    other.clear();
  }

  void header(const Header& h) {
    out_.append(kMagic);
    record(Record::header, [&](Writer& w) {
      w.u32(h.version);
      w.u32(h.python);
      w.u32(h.pid);
      w.u64(h.started_unix_ns);
      w.u64(h.started_ns);
      w.u8(static_cast<std::uint8_t>(h.mode));
      w.u8(static_cast<std::uint8_t>(h.counting));
      w.text(h.interpreter);
    });
  }
  void file(std::uint32_t id, const File& f) {
    record(Record::file, [&](Writer& w) {
      w.u32(id);
      w.text(f.path);
    });
  }
  void function(std::uint32_t id, const Function& f) {
    record(Record::function, [&](Writer& w) {
      w.u32(id);
      w.u32(f.file);
      w.u32(f.first_line);
      w.u8(static_cast<std::uint8_t>(f.category));
      w.u8(static_cast<std::uint8_t>(f.kind));
      w.text(f.name);
    });
  }
  void phase(const Phase& p) {
    record(Record::phase, [&](Writer& w) {
      w.u8(static_cast<std::uint8_t>(p.category));
      w.u64(p.ns);
      w.text(p.step);
    });
  }

  struct Count {
    std::uint32_t function;
    std::uint64_t calls;
  };
  void counts(std::span<const Count> rows) {
    table(Record::counts, rows, [](Writer& w, const Count& c) {
      w.u32(c.function);
      w.u64(c.calls);
    });
  }

  struct NewNode {
    std::uint32_t id, parent, function, line;
  };
  void nodes(std::span<const NewNode> rows) {
    table(Record::nodes, rows, [](Writer& w, const NewNode& n) {
      w.u32(n.id);
      w.u32(n.parent);
      w.u32(n.function);
      w.u32(n.line);
    });
  }

  struct Weight {
    std::uint32_t node;
    std::uint64_t cpu_ns, wait_ns, ticks;
  };
  void samples(std::span<const Weight> rows) {
    table(Record::samples, rows, [](Writer& w, const Weight& s) {
      w.u32(s.node);
      w.u64(s.cpu_ns);
      w.u64(s.wait_ns);
      w.u64(s.ticks);
    });
  }

  void sampler(const Sampler& s) {
    record(Record::sampler, [&](Writer& w) {
      for (const std::uint64_t v :
           {s.ticks, s.off_gil, s.outside, s.waits, s.faults, s.truncated, s.lost, s.cost_ns})
        w.u64(v);
    });
  }
  // Exact mode: `calls` of a node in place of its function.
  void entries(std::span<const Count> rows) {
    table(Record::entries, rows, [](Writer& w, const Count& c) {
      w.u32(c.function);
      w.u64(c.calls);
    });
  }
  void thread(std::uint32_t id, const Thread& t) {
    record(Record::thread, [&](Writer& w) {
      w.u32(id);
      w.u64(t.wall_ns);
      w.u64(t.cpu_ns);
      w.text(t.name);
    });
  }
  void memory(std::span<const Allocations> rows) {
    table(Record::memory, rows, [](Writer& w, const Allocations& a) {
      w.u32(a.function);
      w.u32(a.line);
      for (const std::uint64_t v : {a.live, a.own_peak, a.at_peak, a.bytes, a.count}) w.u64(v);
    });
  }
  void memory_totals(const MemoryTotals& m) {
    record(Record::memory_totals, [&](Writer& w) {
      w.u8(static_cast<std::uint8_t>(m.level));
      for (const std::uint64_t v : {m.period, m.samples, m.peak, m.live, m.bytes, m.count, m.rss_peak})
        w.u64(v);
    });
  }
  void hits(std::span<const Hits> rows) {
    table(Record::hits, rows, [](Writer& w, const Hits& h) {
      w.u32(h.function);
      w.u32(h.line);
      w.u64(h.hits);
    });
  }
  void timeline(std::span<const Moment> rows) {
    table(Record::timeline, rows, [](Writer& w, const Moment& m) {
      w.u64(m.at_ns);
      w.u64(m.dur_ns);
      w.u32(m.node);
      w.u32(m.thread);
    });
  }
  void outcome(const Outcome& o) {
    record(Record::outcome, [&](Writer& w) {
      w.text(o.error);
      w.text(o.file);
      w.u32(o.line);
      w.u32(o.column);
    });
  }
  // A sign of life: how far the run had come.
  void clock(std::uint64_t wall_ns, std::uint64_t cpu_ns) { times(Record::clock, wall_ns, cpu_ns); }
  // The last record of a run that was stopped, not killed.
  void end(std::uint64_t wall_ns, std::uint64_t cpu_ns) { times(Record::end, wall_ns, cpu_ns); }

 private:
  void times(Record kind, std::uint64_t wall_ns, std::uint64_t cpu_ns) {
    record(kind, [&](Writer& w) {
      w.u64(wall_ns);
      w.u64(cpu_ns);
    });
  }
  template <class Fill>
  void record(Record kind, Fill fill) {
    payload_.clear();
    Writer inner(payload_);
    fill(inner);
    const auto number = static_cast<std::uint16_t>(kind);
    Writer w(out_);
    w.u32(static_cast<std::uint32_t>(payload_.size()));
    w.u16(number);
    w.u16(check_of(number, payload_));
    out_.append(payload_);
  }
  template <class Row, class Put>
  void table(Record kind, std::span<const Row> rows, Put put) {
    constexpr std::size_t kRows = 4096;  // a record stays well below kMaxRecord
    for (; !rows.empty(); rows = rows.subspan(rows.size() < kRows ? rows.size() : kRows)) {
      record(kind, [&](Writer& w) {
        const auto some = rows.first(rows.size() < kRows ? rows.size() : kRows);
        w.u32(static_cast<std::uint32_t>(some.size()));
        for (const Row& row : some) put(w, row);
      });
    }
  }

  std::string out_, payload_;
};

}  // namespace ml::profiler::capture
