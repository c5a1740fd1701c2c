#include <cstring>
#include <map>

#include "profiler/export/writers.h"
#include "profiler/figures/wording.h"

namespace ml::profiler::exports {
namespace {

// Python's marshal format, version 2: what every supported interpreter reads.
class Marshal {
 public:
  void begin_dict() { out_.push_back('{'); }
  void end_dict() { out_.push_back('0'); }
  void tuple(std::uint32_t n) {
    out_.push_back('(');
    little(n, 4);
  }
  void text(std::string_view s) {
    out_.push_back('u');
    little(s.size(), 4);
    out_.append(s);
  }
  void number(std::uint64_t n) {
    if (n < (1u << 31)) {
      out_.push_back('i');
      little(n, 4);
      return;
    }
    // Digits of 15 bits.
    std::string digits;
    std::uint32_t count = 0;
    for (; n != 0; n >>= 15, ++count) {
      digits.push_back(static_cast<char>(n & 0xff));
      digits.push_back(static_cast<char>(n >> 8 & 0x7f));
    }
    out_.push_back('l');
    little(count, 4);
    out_.append(digits);
  }
  void seconds(std::uint64_t ns) {
    const double value = static_cast<double>(ns) / 1e9;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    out_.push_back('g');
    little(bits, 8);
  }
  std::string take() { return std::move(out_); }

 private:
  void little(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
  }
  std::string out_;
};

struct Times {
  std::uint64_t primitive = 0, calls = 0, self_ns = 0, cum_ns = 0;
  void add(const Times& t) {
    primitive += t.primitive;
    calls += t.calls;
    self_ns += t.self_ns;
    cum_ns += t.cum_ns;
  }
};

struct Row {
  Times times;
  std::map<PythonPlace, Times> callers;
};

void put(Marshal& m, const PythonPlace& place) {
  m.tuple(3);
  m.text(place.file);
  m.number(place.line);
  m.text(place.name);
}

}  // namespace

std::string pstats(const Profile& profile) {
  // Functions of one name on one line are one entry there.
  std::map<PythonPlace, Row> rows;
  for (const Profile::Function& f : profile.functions) {
    if (f.idle()) continue;
    Row& row = rows[python_place(profile, f)];
    row.times.add({f.primitive_calls, f.calls, f.self_ns, f.cum_ns});
    for (const Profile::Caller& c : f.callers) {
      if (c.function == kNone) continue;
      const Profile::Function& from = profile.functions[c.function];
      if (from.idle()) continue;
      const std::uint64_t primitive = &from == &f ? 0 : c.calls;
      row.callers[python_place(profile, from)].add({primitive, c.calls, c.self_ns, c.cum_ns});
    }
  }
  Marshal m;
  m.begin_dict();
  for (const auto& [key, row] : rows) {
    put(m, key);
    m.tuple(5);
    m.number(row.times.primitive);
    m.number(row.times.calls);
    m.seconds(row.times.self_ns);
    m.seconds(row.times.cum_ns);
    m.begin_dict();
    for (const auto& [caller, times] : row.callers) {
      put(m, caller);
      m.tuple(4);
      m.number(times.calls);
      m.number(times.primitive);
      m.seconds(times.self_ns);
      m.seconds(times.cum_ns);
    }
    m.end_dict();
  }
  m.end_dict();
  return m.take();
}

}  // namespace ml::profiler::exports
